import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one test; disposing removes it with all that is in it. Short path: Unix sockets in it must stay below 108 bytes. */
export class TemporaryFolder implements Disposable {
  readonly path: string;

  constructor(prefix = 'malla-') {
    this.path = mkdtempSync(join(tmpdir(), prefix));
  }

  /** Path of something inside. */
  join(...parts: readonly string[]): string {
    return join(this.path, ...parts);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
