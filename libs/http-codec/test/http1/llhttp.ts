import { createRequire } from 'node:module';

/** A message as a parser has seen it. */
export interface SeenMessage {
  /** Request: method and target. Response: the status. */
  readonly start: string;
  /** Names in lower case, as they came. */
  readonly fields: readonly string[];
  readonly body: string;
  readonly complete: boolean;
}

export interface SeenMessages {
  readonly messages: readonly SeenMessage[];
  /** The parser refused what follows the last message, or its rest. */
  readonly refused: string | undefined;
  /** It stopped at an upgrade or CONNECT. */
  readonly upgraded: boolean;
}

type Callback = (...values: never) => number | undefined;

interface HttpParser {
  initialize(type: number, resource: object, maxHeaderSize: number, lenient: number): void;
  execute(bytes: Buffer): number | Error;
  finish(): Error | undefined;
  [callback: number]: Callback;
}

interface HttpCommon {
  readonly HTTPParser: { new (): HttpParser } & Readonly<Record<string, number>>;
  readonly methods: readonly string[];
}

/** Node's own, deprecated way to llhttp; it is much faster than a server with sockets. */
const { HTTPParser, methods } = createRequire(import.meta.url)('_http_common') as HttpCommon;

const number = (name: string): number => HTTPParser[name] as number;
const MAX_HEADER_SIZE = 60 * 1024;

/** A parser that is used again and again, and what it has seen of the bytes at hand. */
class Reference {
  messages: { start: string; fields: string[]; body: string; complete: boolean }[] = [];
  upgraded = false;
  readonly #parser = new HTTPParser();
  readonly #type: 'request' | 'response';
  #early: string[] = [];
  #earlyTarget = '';
  #fieldsDone = false;

  constructor(type: 'request' | 'response') {
    this.#type = type;
    const parser = this.#parser;
    parser[number('kOnMessageBegin')] = () => this.#onBegin();
    parser[number('kOnHeaders')] = ((headers: string[], target: string) =>
      this.#onHeaders(headers, target)) as Callback;
    parser[number('kOnHeadersComplete')] = ((...head: Head) => this.#onHead(head)) as Callback;
    parser[number('kOnBody')] = ((chunk: Buffer) => this.#onBody(chunk)) as Callback;
    parser[number('kOnMessageComplete')] = () => this.#onComplete();
  }

  read(bytes: Buffer): SeenMessages {
    this.messages = [];
    this.upgraded = false;
    const type = number(this.#type === 'request' ? 'REQUEST' : 'RESPONSE');
    this.#parser.initialize(type, {}, MAX_HEADER_SIZE, number('kLenientNone'));
    const result = this.#parser.execute(bytes);
    const refused = result instanceof Error ? ((result as { reason?: string }).reason ?? result.message) : undefined;
    return { messages: this.messages, refused, upgraded: this.upgraded };
  }

  #onBegin(): number {
    this.#early = [];
    this.#earlyTarget = '';
    this.#fieldsDone = false;
    return 0;
  }

  /** Fields that did not fit into one call, or trailers. */
  #onHeaders(headers: string[], target: string): undefined {
    if (this.#fieldsDone) return;
    this.#early.push(...headers);
    this.#earlyTarget += target;
  }

  #onHead([, , headers, method, target, status, , upgrade]: Head): number {
    const fields = [...this.#early, ...(headers ?? [])];
    const request = `${methods[method as number]} ${target ?? this.#earlyTarget}`;
    const start = this.#type === 'request' ? request : String(status);
    this.messages.push({ start, fields: toLines(fields), body: '', complete: false });
    this.#fieldsDone = true;
    this.upgraded = upgrade;
    return upgrade ? 2 : 0;
  }

  #onBody(chunk: Buffer): undefined {
    (this.messages.at(-1) as { body: string }).body += chunk.toString('latin1');
  }

  #onComplete(): number {
    (this.messages.at(-1) as { complete: boolean }).complete = true;
    return 0;
  }
}

type Head = [
  major: number,
  minor: number,
  headers: string[] | undefined,
  method: number | undefined,
  target: string | undefined,
  status: number | undefined,
  reason: string,
  upgrade: boolean,
];

const references = { request: new Reference('request'), response: new Reference('response') };

/** Reads `bytes` as Node's `http` does by default, strictly. Responses are to GET. */
export function readByLlhttp(bytes: Buffer, type: 'request' | 'response'): SeenMessages {
  return references[type].read(bytes);
}

function toLines(fields: readonly string[]): string[] {
  const lines: string[] = [];
  for (let i = 0; i < fields.length; i += 2) lines.push(`${fields[i]?.toLowerCase()}: ${fields[i + 1]}`);
  return lines;
}
