import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { MallaError } from '@malla/model';

/**
 * A folder for secrets: 0700, with files of 0600, both owned by this user. Whatever is open wider is refused with the command that mends
 * it, because a secret that others could read may have been read.
 */
export class PrivateFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Opens a folder, and makes it if it is not there.
   * @throws MallaError `invalid` if it is no folder, another user's, or open to others, `unavailable` if it cannot be made
   */
  static open(path: string): PrivateFolder {
    const absolute = resolve(path);
    orFail(`${absolute} cannot be made`, () => mkdirSync(absolute, { recursive: true, mode: 0o700 }));
    const stats = lstatSync(absolute);
    if (!stats.isDirectory()) throw new MallaError('invalid', `${absolute} is not a folder`);
    checkPrivate(absolute, stats, '700');
    return new PrivateFolder(absolute);
  }

  /** Opens a private folder inside this one. */
  folder(name: string): PrivateFolder {
    return PrivateFolder.open(join(this.path, name));
  }

  /** The absolute path of a file here. */
  file(name: string): string {
    return join(this.path, name);
  }

  has(name: string): boolean {
    return existsSync(this.file(name));
  }

  /**
   * Reads a file; undefined if it is not there.
   * @throws MallaError `invalid` if it is open to others
   */
  read(name: string): string | undefined {
    const path = this.file(name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    if (!stats.isFile()) throw new MallaError('invalid', `${path} is not a file`);
    checkPrivate(path, stats, '600');
    return readFileSync(path, 'utf8');
  }

  /**
   * Writes a file so that a crash or a full disk leaves the old content or the new, never half of it.
   * @throws MallaError `unavailable` if it cannot be written: a full disk, a read-only one
   */
  write(name: string, content: string): void {
    const path = this.file(name);
    orFail(`${path} cannot be written`, () => this.#replace(path, content));
  }

  #replace(path: string, content: string): void {
    const fresh = `${path}.new`;
    rmSync(fresh, { force: true });
    const file = openSync(fresh, 'wx', 0o600);
    try {
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(fresh, path);
    this.#sync();
  }

  remove(name: string): void {
    rmSync(this.file(name), { force: true });
  }

  /** Makes a rename outlive a power cut. */
  #sync(): void {
    const folder = openSync(this.path, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }
}

/** Runs a step; its failure names what failed and why, in the system's words. */
function orFail(what: string, step: () => void): void {
  try {
    step();
  } catch (error) {
    const { message } = error as Error;
    throw new MallaError('unavailable', `${what}: ${message.replace(/^E[A-Z]+: /, '').replace(/, .*$/s, '')}`, {
      cause: error,
    });
  }
}

function checkPrivate(path: string, stats: Stats, wanted: '600' | '700'): void {
  const uid = process.getuid?.();
  if (uid === undefined) return;
  if (stats.uid !== uid) {
    throw new MallaError(
      'invalid',
      `${path} belongs to user ${stats.uid}, but this process runs as ${uid}: run chown ${uid} ${path}`,
    );
  }
  if ((stats.mode & 0o077) === 0) return;
  const mode = (stats.mode & 0o777).toString(8);
  throw new MallaError(
    'invalid',
    `${path} holds secrets and is open to other users (mode ${mode}): run chmod ${wanted} ${path}`,
  );
}
