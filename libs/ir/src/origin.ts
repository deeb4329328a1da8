/** The resource that a piece of IR comes from: what `explain`, status, metrics and NACK reports name. */
export interface Origin {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}
