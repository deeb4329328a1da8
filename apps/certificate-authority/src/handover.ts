import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MallaError } from '@malla/model';
import { PrivateFolder } from '@malla/settings';

/**
 * A folder by which others first know the authority when its own must stay closed to them, as between containers: `root-cert.pem`, for everybody to
 * read, and `bootstrap/SERVICE.token` for this user alone. Nothing is read back from it.
 */
export class Handover {
  readonly #path: string;

  /** @throws MallaError `unavailable` if the folder cannot be made or written to by this user */
  constructor(path: string) {
    this.#path = resolve(path);
    orUnavailable(this.#path, () => mkdirSync(this.#path, { recursive: true, mode: 0o755 }));
  }

  /** Appears complete or not at all: others may read it at any moment. */
  publishRoots(pem: string): void {
    const file = join(this.#path, 'root-cert.pem');
    orUnavailable(file, () => {
      writeFileSync(`${file}.new`, pem);
      // Whatever the mask of this process is.
      chmodSync(`${file}.new`, 0o644);
      renameSync(`${file}.new`, file);
    });
  }

  saveToken(service: string, token: string): void {
    PrivateFolder.open(join(this.#path, 'bootstrap')).write(`${service}.token`, `${token}\n`);
  }
}

function orUnavailable(what: string, step: () => void): void {
  try {
    step();
  } catch (error) {
    throw new MallaError('unavailable', `${what} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}
