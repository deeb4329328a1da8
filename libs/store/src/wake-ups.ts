/**
 * Tells other processes that there are new revisions, so that they need not poll. A hint only: it may be late, twice or
 * lost, and everything still works by polling.
 */
export interface WakeUps {
  /** Tells the others. Never throws and never waits. */
  publish(revision: number): void;
  /** Called for each wake-up; returns the way to stop it. */
  subscribe(listener: (revision: number) => void): () => void;
}
