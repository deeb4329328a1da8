/** A proxy, or a pair, that load is put on. */
export interface ProxyUnderTest extends AsyncDisposable {
  readonly name: string;
  /** Where load goes, on 127.0.0.1. */
  readonly port: number;
  /** Its processes, whose CPU and memory are counted. */
  pids(): readonly number[];
}
