import { chmodSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MallaError, parseDuration } from '@malla/model';
import type { CommandInput } from '../command.ts';
import { UsageError } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { withServer } from './connect.ts';
import { requestToken } from './token.ts';

export interface KeepTokensOptions {
  readonly ttl?: string;
  readonly retry?: string;
}

/** A file and whose join token is in it. */
interface KeptToken {
  readonly file: string;
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** Owner and group may read; who else may is the folder's business. */
const fileMode = 0o640;

const longestWait = 2 ** 31 - 1;

/**
 * `token keep`: writes join tokens into files and replaces each at half of its life, until interrupted. While the server cannot be reached the
 * old ones stay. Ends with a failure only if the arguments are wrong or a file cannot be written.
 */
export async function keepTokens(input: CommandInput<KeepTokensOptions>): Promise<void> {
  const { args, options, terminal } = input;
  const tokens = args.map(keptToken);
  const ttlMs = durationOf('--ttl', options.ttl);
  const retryMs = durationOf('--retry', options.retry) ?? 5000;
  let failing = false;
  while (!terminal.signal.aborted) {
    let waitMs: number;
    try {
      const expiresAt = await writeAll({ tokens, ttlMs, input });
      waitMs = Math.max(1000, (expiresAt - terminal.now().getTime()) / 2);
      failing = false;
    } catch (error) {
      if (error instanceof UnwritableFile) throw new MallaError('unavailable', error.message, { cause: error });
      if (!failing && !terminal.signal.aborted)
        terminal.err(`no tokens yet, trying again: ${MallaError.from(error).message}\n`);
      failing = true;
      waitMs = retryMs;
    }
    await sleep(Math.min(waitMs, longestWait), undefined, { signal: terminal.signal }).catch(() => undefined);
  }
}

interface WriteAllParams {
  readonly tokens: readonly KeptToken[];
  readonly ttlMs: number | undefined;
  readonly input: CommandInput<KeepTokensOptions>;
}

/** Writes every token anew; gives when the first of them expires, in milliseconds since the epoch. */
function writeAll({ tokens, ttlMs, input: { options, terminal } }: WriteAllParams): Promise<number> {
  return withServer(options, terminal, async (client) => {
    let first = Infinity;
    for (const { file, namespace, serviceAccount } of tokens) {
      const created = await requestToken(client, { namespace, serviceAccount, ...(ttlMs !== undefined && { ttlMs }) });
      writeToken(file, created.token, terminal);
      terminal.err(`${file}: join token of ${created.spiffeId}, to be used before ${created.expiresAt}\n`);
      first = Math.min(first, Date.parse(created.expiresAt));
    }
    return first;
  });
}

class UnwritableFile extends Error {}

/** Appears complete or not at all: an agent may read it at any moment. */
function writeToken(file: string, token: string, { cwd }: Terminal): void {
  const target = path.resolve(cwd, file);
  try {
    writeFileSync(`${target}.new`, `${token}\n`, { mode: fileMode });
    chmodSync(`${target}.new`, fileMode);
    renameSync(`${target}.new`, target);
  } catch (error) {
    throw new UnwritableFile(`${file} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}

function keptToken(text: string): KeptToken {
  const match = /^([^=/]+)\/([^=/]+)=(.+)$/.exec(text);
  const [, namespace, serviceAccount, file] = match ?? [];
  if (namespace === undefined || serviceAccount === undefined || file === undefined)
    throw new UsageError(`"${text}" must be NAMESPACE/SERVICEACCOUNT=FILE`);
  return { file, namespace, serviceAccount };
}

function durationOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined || ms < 1000)
    throw new UsageError(`${flag} must be a duration of at least 1s, such as 1h, not "${text}"`);
  return ms;
}
