import type { Command } from 'commander';
import { findKindByAnyName, kinds, type Resource } from '@malla/model';
import { ApiClient } from '../connection/api-client.ts';
import { collectionPath } from '../connection/resource-paths.ts';
import { findServer } from '../connection/server-address.ts';
import type { ProxyList } from '../commands/proxy-status.ts';
import type { GlobalOptions } from '../options.ts';
import type { Action } from '../command.ts';
import type { Terminal } from '../terminal.ts';

/** Longest wait for live names, in milliseconds: completion must not hang on a server that is away. */
const liveTimeoutMs = 800;

/** Commands whose first word is a kind and whose next ones are names. */
const kindCommands = new Set(['get', 'delete', 'history', 'diff', 'rollback']);

/** `__complete WORDS...`: candidates for the last word, one per line. The words are those after the program's name. */
export function complete(program: Command): Action<unknown> {
  return async ({ args, terminal }) => {
    const last = args.at(-1) ?? '';
    const line = readLine(program, args.slice(0, -1));
    const candidates = await candidatesFor(line, last, new LiveNames(line.options, terminal)).catch(() => []);
    const fitting = [...new Set(candidates)].filter((c) => c.startsWith(last)).sort();
    terminal.out(fitting.map((c) => `${c}\n`).join(''));
  };
}

async function candidatesFor(line: Line, last: string, live: LiveNames): Promise<readonly string[]> {
  const { command, operands, previous } = line;
  if (previous !== undefined) return optionValues(previous, command, live);
  if (last.startsWith('-')) return optionNames(command);
  if (command.commands.length > 0)
    return command.commands.filter((c) => !c.name().startsWith('_')).map((c) => c.name());
  const name = command.name();
  if (kindCommands.has(name))
    return operands.length === 0
      ? kinds.flatMap((k) => [k.plural, ...k.shortNames])
      : live.objects(operands[0] as string);
  if (name === 'completion') return ['bash', 'zsh', 'fish'];
  if (name === 'use') return [];
  return name === 'proxy-status' || command.parent?.name() === 'proxy-config' ? live.proxies() : [];
}

interface Line {
  readonly command: Command;
  /** Words that are neither commands nor options. */
  readonly operands: readonly string[];
  /** The option that waits for its value. */
  readonly previous: string | undefined;
  readonly options: GlobalOptions;
}

/** Walks the words before the cursor down the tree of commands. */
function readLine(program: Command, words: readonly string[]): Line {
  let command = program;
  const operands: string[] = [];
  const values: Record<string, string> = {};
  let previous: string | undefined;
  for (const word of words) {
    if (previous !== undefined) {
      values[optionOf(command, previous)?.attributeName() ?? ''] = word;
      previous = undefined;
    } else if (word.startsWith('-')) {
      const option = optionOf(command, word);
      if (option !== undefined && option.required && !word.includes('=')) previous = word;
    } else {
      const next =
        operands.length > 0 ? undefined : command.commands.find((c) => c.name() === word || c.aliases().includes(word));
      if (next === undefined) operands.push(word);
      else command = next;
    }
  }
  return { command, operands, previous, options: values };
}

function optionOf(command: Command, word: string) {
  return command.options.find((o) => o.long === word || o.short === word);
}

function optionNames(command: Command): string[] {
  return command.options
    .filter((o) => !o.hidden)
    .flatMap((o) => (o.long === undefined || o.long === null ? [] : [o.long]));
}

function optionValues(word: string, command: Command, live: LiveNames): readonly string[] | Promise<readonly string[]> {
  const option = optionOf(command, word);
  if (option?.argChoices !== undefined) return option.argChoices;
  return option?.attributeName() === 'namespace' ? live.namespaces() : [];
}

/** Names that are on the server now. Every failure is an empty list: completion has nothing to complain about. */
class LiveNames {
  readonly #options: GlobalOptions;
  readonly #terminal: Terminal;

  constructor(options: GlobalOptions, terminal: Terminal) {
    this.#options = options;
    this.#terminal = terminal;
  }

  objects(kind: string): Promise<readonly string[]> {
    const definition = findKindByAnyName(kind);
    if (definition === undefined) return Promise.resolve([]);
    return this.#ask(async (client, namespace) => {
      const list = await client.get<{ items: readonly Resource[] }>(collectionPath(definition, namespace));
      return list.items.map((o) => o.metadata.name);
    });
  }

  namespaces(): Promise<readonly string[]> {
    return this.objects('namespace');
  }

  proxies(): Promise<readonly string[]> {
    return this.#ask(async (client) =>
      (await client.get<ProxyList>('/apis/malla.io/v1/proxies')).items.map((p) => p.id),
    );
  }

  async #ask(ask: (client: ApiClient, namespace: string) => Promise<readonly string[]>): Promise<readonly string[]> {
    const signal = AbortSignal.any([this.#terminal.signal, AbortSignal.timeout(liveTimeoutMs)]);
    const client = new ApiClient(findServer(this.#options, this.#terminal), signal);
    try {
      return await ask(client, this.#options.namespace ?? client.namespace);
    } catch {
      return [];
    } finally {
      client.close();
    }
  }
}
