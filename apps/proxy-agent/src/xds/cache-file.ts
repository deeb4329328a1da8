import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { logFields } from '@malla/observability';
import type { ResourceSet } from '@malla/xds';
import type { Logger } from 'pino';
import { decodeCache, encodeCache } from './cache-format.ts';

export interface CacheFileParams {
  /** Folder of the file and its key; made 0700. */
  readonly folder: string;
  /** What the resources are for; a file of another proxy is ignored. */
  readonly proxy: string;
  readonly logger: Logger;
  /** Writes are put together over so many milliseconds; default 1,000. */
  readonly delayMs?: number;
}

/**
 * The configuration that the data plane accepted last, kept on disk (0600), so that a proxy starts while the control plane is away.
 * No secrets: keys stay in memory.
 */
export class CacheFile {
  readonly #params: CacheFileParams;
  readonly #path: string;
  #key: Buffer | undefined;
  #latest: ResourceSet | undefined;
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(params: CacheFileParams) {
    this.#params = params;
    this.#path = join(params.folder, 'configuration.cache');
  }

  /** What was kept. A file that is damaged, or of another proxy, is ignored with a log line. */
  async load(): Promise<ResourceSet | undefined> {
    const { folder, proxy, logger } = this.#params;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    this.#key = await readKey(join(folder, 'cache.key'));
    const text = await readIfThere(this.#path);
    if (text === undefined) return undefined;
    const decoded = decodeCache(text.toString('utf8'), proxy, this.#key);
    if (decoded.ok) {
      this.#latest = decoded.resources;
      return decoded.resources;
    }
    logger.warn({ [logFields.path]: this.#path, [logFields.reason]: decoded.reason }, 'Cached configuration ignored');
    return undefined;
  }

  /** Keeps these resources soon. Types that are missing keep what was saved of them before. */
  save(resources: ResourceSet): void {
    this.#latest = new Map([...(this.#latest ?? []), ...resources]);
    this.#timer ??= setTimeout(() => void this.flush(), this.#params.delayMs ?? 1_000);
  }

  /** Writes what waits. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    const due = this.#timer !== undefined;
    this.#timer = undefined;
    if (due) this.#writing = this.#writing.then(() => this.#write());
    await this.#writing;
  }

  async #write(): Promise<void> {
    if (this.#latest === undefined || this.#key === undefined) return;
    try {
      await replaceFile(this.#path, encodeCache(this.#latest, this.#params.proxy, this.#key));
    } catch (error) {
      this.#params.logger.warn(
        { [logFields.path]: this.#path, [logFields.error]: error },
        'Configuration could not be cached',
      );
    }
  }
}

/** A new file in the place of the old one: readers see one or the other, also after a crash. */
async function replaceFile(path: string, content: string): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** The key that the code is made with. Random and kept: the identity's key changes too often to derive it from. */
async function readKey(path: string): Promise<Buffer> {
  const kept = await readIfThere(path);
  if (kept?.length === keyBytes) return kept;
  const key = randomBytes(keyBytes);
  await writeFile(path, key, { mode: 0o600 });
  return key;
}

const keyBytes = 32;

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
