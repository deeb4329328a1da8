// Remembers what a set-up step was last done for, so that it is skipped while its inputs are the same.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** Digest of several files and strings; a missing file counts as empty. */
export function digestOf(...inputs) {
  const hash = crypto.createHash('sha256');
  for (const input of inputs) {
    const bytes = typeof input === 'string' ? input : fs.existsSync(input.file) ? fs.readFileSync(input.file) : '';
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest('hex');
}

/** Stamps as small files below one folder. */
export class Stamps {
  /** @param {string} folder made when the first stamp is written */
  constructor(folder) {
    this.folder = folder;
  }

  /** True while the step was last done for this value. */
  matches(name, value) {
    try {
      return fs.readFileSync(path.join(this.folder, name), 'utf8') === value;
    } catch {
      return false;
    }
  }

  /** The value that was last written, or undefined. */
  read(name) {
    try {
      return fs.readFileSync(path.join(this.folder, name), 'utf8');
    } catch {
      return undefined;
    }
  }

  /** Writes a stamp; call it only after the step has succeeded. */
  write(name, value) {
    fs.mkdirSync(this.folder, { recursive: true });
    fs.writeFileSync(path.join(this.folder, name), value);
  }
}
