/** What a filter waits for while a stream is suspended. */
export interface Suspension {
  /** The stream has ended meanwhile. */
  cancel(): void;
  /** More of the request body is held; `ended` when that is all. Only for filters that want the body. */
  onBody?(held: number, ended: boolean): void;
}
