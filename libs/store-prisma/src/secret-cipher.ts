import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { MallaError } from '@malla/model';

/** Seals values at rest. `context` names where the value belongs: what was sealed for one place opens at no other. */
export interface SecretCipher {
  /** Tells keys apart without telling the key. */
  readonly keyCheck: string;
  seal(text: string, context: string): string;
  /** Throws `internal` if the value was not sealed by this key for this context, or was changed since. */
  open(sealed: string, context: string): string;
  /** False for a value that another key than the present one has sealed. */
  isCurrent(sealed: string, context: string): boolean;
  /** True if a key of this cipher has that check. */
  knows(keyCheck: string): boolean;
}

const prefix = 'aes256gcm.v1.';
const ivBytes = 12;
const tagBytes = 16;

/** AES-256-GCM with a random nonce per value (NIST SP 800-38D); the output is `aes256gcm.v1.` and base64url. */
export class AesSecretCipher implements SecretCipher {
  readonly keyCheck: string;
  readonly #key: Buffer;

  /** @param key 32 random bytes */
  constructor(key: Buffer) {
    if (key.length !== 32) throw new MallaError('invalid', `a secret key has 32 bytes, not ${key.length}`);
    this.#key = key;
    const derived = hkdfSync('sha256', key, '', 'malla key check', 32);
    this.keyCheck = createHash('sha256').update(Buffer.from(derived)).digest('hex').slice(0, 32);
  }

  seal(text: string, context: string): string {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv).setAAD(Buffer.from(context));
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return prefix + Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url');
  }

  isCurrent(sealed: string, context: string): boolean {
    try {
      this.open(sealed, context);
      return true;
    } catch {
      return false;
    }
  }

  knows(keyCheck: string): boolean {
    return keyCheck === this.keyCheck;
  }

  open(sealed: string, context: string): string {
    try {
      const bytes = Buffer.from(sealed.slice(prefix.length), 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, ivBytes));
      decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
      return decipher.update(bytes.subarray(ivBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8');
    } catch (error) {
      throw new MallaError('internal', 'a sealed value does not open with the secret key of this service', {
        cause: error,
      });
    }
  }
}

/** Several keys: the first seals, all open. So a key can be replaced while replicas run. */
export class SecretKeyring implements SecretCipher {
  readonly #ciphers: readonly [AesSecretCipher, ...AesSecretCipher[]];

  /** @param keys the present one first, then those before it; 32 random bytes each */
  constructor(keys: readonly Buffer[]) {
    const [first, ...others] = keys.map((key) => new AesSecretCipher(key));
    if (first === undefined) throw new MallaError('invalid', 'a ring of secret keys needs at least one');
    this.#ciphers = [first, ...others];
  }

  get keyCheck(): string {
    return this.#ciphers[0].keyCheck;
  }

  /** True if there are keys beside the present one: values of theirs may be about. */
  get isRotating(): boolean {
    return this.#ciphers.length > 1;
  }

  knows(keyCheck: string): boolean {
    return this.#ciphers.some((cipher) => cipher.knows(keyCheck));
  }

  seal(text: string, context: string): string {
    return this.#ciphers[0].seal(text, context);
  }

  open(sealed: string, context: string): string {
    const cipher = this.#ciphers.find((each) => each.isCurrent(sealed, context)) ?? this.#ciphers[0];
    return cipher.open(sealed, context);
  }

  isCurrent(sealed: string, context: string): boolean {
    return this.#ciphers[0].isCurrent(sealed, context);
  }
}

/**
 * Reads the key file, or makes it (0600) when it is missing: one key a line, the present one first. Replicas that share a database must
 * share the file. To replace a key: add the new one as the last line on every replica, restart them; make it the first line, restart them;
 * then remove the old one.
 */
export function loadSecretKeys(file: string): readonly Buffer[] {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  try {
    fs.writeFileSync(file, randomBytes(32).toString('base64') + '\n', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (readableByOthers(fs.statSync(file)))
    throw new MallaError('invalid', `${file} can be read by other users; make it 0600`);
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  const keys = lines.map((line) => line.trim()).filter((line) => line !== '');
  const read = keys.map((line) => Buffer.from(line, 'base64'));
  if (read.length === 0 || read.some((key) => key.length !== 32))
    throw new MallaError('invalid', `${file} does not hold secret keys (32 bytes in base64, one a line)`);
  return read;
}

/** A file of root's may be readable by its group: so Kubernetes mounts a Secret for a process that is not root. */
function readableByOthers({ mode, uid }: fs.Stats): boolean {
  return (mode & (uid === 0 ? 0o037 : 0o077)) !== 0;
}
