import type { MallaError } from '@malla/model';
import type { Change, WriteBatch } from '@malla/store';
import type { BatchOutcome } from './commit-group.ts';
import { databaseError, isDataError } from './database.ts';

/** As many batches as one transaction takes: bounds its time and its memory. */
const mostBatches = 128;

interface Waiting {
  readonly batch: WriteBatch;
  readonly resolve: (changes: readonly Change[]) => void;
  readonly reject: (error: MallaError) => void;
}

export interface CommitQueueParams {
  readonly commit: (batches: readonly WriteBatch[]) => Promise<readonly BatchOutcome[]>;
  /** Told the changes of each commit, in commit order, before their writers are. */
  readonly onCommitted: (changes: readonly Change[]) => void;
}

/**
 * Group commit: while one transaction is on its way, further batches wait and go together in the next. So the time of a
 * commit (lock and fsync) is shared by all concurrent writers.
 */
export class CommitQueue {
  readonly #params: CommitQueueParams;
  readonly #waiting: Waiting[] = [];
  #running = false;

  constructor(params: CommitQueueParams) {
    this.#params = params;
  }

  submit(batch: WriteBatch): Promise<readonly Change[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    // Writers that came in the same turn join the first group too.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0, mostBatches));
    this.#running = false;
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.#params.commit(group.map(({ batch }) => batch));
      this.#params.onCommitted(outcomes.flatMap((outcome) => ('changes' in outcome ? outcome.changes : [])));
      outcomes.forEach((outcome, index) => settle(group[index] as Waiting, outcome));
    } catch (error) {
      if (group.length > 1 && isDataError(error)) for (const each of group) await this.#commit([each]);
      else for (const each of group) each.reject(databaseError(error));
    }
  }
}

function settle({ resolve, reject }: Waiting, outcome: BatchOutcome): void {
  if ('error' in outcome) reject(outcome.error);
  else resolve(outcome.changes);
}
