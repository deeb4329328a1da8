import type { HeaderList } from '../../src/headers.ts';
import { responseHead, TestClient, TestServer } from './fixtures.ts';
import { readByLlhttp, type SeenMessage, type SeenMessages } from './llhttp.ts';
import { mutate, REQUEST_SEEDS, RESPONSE_SEEDS, seeded } from './mutations.ts';

export interface FuzzParams {
  readonly count: number;
  readonly seed: number;
}

export interface FuzzResult {
  /** Inputs in which we accepted a message that llhttp refuses, or read it in another way; at most 20. */
  readonly disagreements: readonly { readonly input: string; readonly why: string }[];
  /** Messages that both accepted. */
  readonly accepted: number;
  /** Inputs that llhttp takes and we refuse. */
  readonly stricter: number;
  /** Why, with how many. */
  readonly refusals: ReadonlyMap<string, number>;
}

/** Feeds changed requests to our server and to llhttp, the parser of Node's `http`, and compares what they see. */
export function fuzzAgainstLlhttp({ count, seed }: FuzzParams): FuzzResult {
  return fuzz({ count, seed }, REQUEST_SEEDS, readRequests, 'request');
}

/** The same for responses to one GET, and our client. */
export function fuzzResponsesAgainstLlhttp({ count, seed }: FuzzParams): FuzzResult {
  return fuzz({ count, seed }, RESPONSE_SEEDS, readResponse, 'response');
}

type Reader = (bytes: Buffer) => SeenMessages;

function fuzz(
  { count, seed }: FuzzParams,
  seeds: readonly string[],
  ours: Reader,
  type: 'request' | 'response',
): FuzzResult {
  const random = seeded(seed);
  const disagreements: { input: string; why: string }[] = [];
  const refusals = new Map<string, number>();
  let accepted = 0;
  let stricter = 0;
  for (let i = 0; i < count && disagreements.length < 20; i++) {
    const input = i < seeds.length ? (seeds[i] as string) : mutate(seeds, random);
    const bytes = Buffer.from(input, 'latin1');
    const own = ours(bytes);
    const reference = readByLlhttp(bytes, type);
    const why = compare(own, reference);
    if (why !== undefined) disagreements.push({ input, why });
    accepted += own.messages.filter((message) => message.complete).length;
    if (own.refused === undefined) continue;
    refusals.set(own.refused, (refusals.get(own.refused) ?? 0) + 1);
    if (reference.refused === undefined) stricter++;
  }
  return { disagreements, accepted, stricter, refusals };
}

/** What is wrong: every message that we accepted has to be in the reference's list, and the same. */
function compare(own: SeenMessages, reference: SeenMessages): string | undefined {
  for (let i = 0; i < own.messages.length; i++) {
    const mine = own.messages[i] as SeenMessage;
    const other = reference.messages[i];
    if (other === undefined) return mine.complete ? `message ${i} is refused: ${reference.refused}` : undefined;
    if (!sameStart(mine.start, other.start)) return `message ${i} begins ${mine.start}, there ${other.start}`;
    const missing = mine.fields.find((line) => !other.fields.includes(line));
    if (missing !== undefined) return `message ${i} has ${missing}, not so there`;
    if (reference.upgraded && i === reference.messages.length - 1) return undefined;
    if (!mine.complete) continue;
    if (!other.complete) return `message ${i} is not complete there: ${reference.refused}`;
    if (mine.body !== other.body) return `message ${i} has another body there`;
  }
  return undefined;
}

/** We take absolute targets apart. */
function sameStart(mine: string, other: string): boolean {
  if (mine === other) return true;
  const [method, path] = mine.split(' ') as [string, string];
  const [otherMethod, target] = other.split(' ') as [string, string];
  if (method !== otherMethod) return false;
  return method === 'CONNECT' || (/^https?:/i.test(target) && target.endsWith(path.slice(1)));
}

function lines(headers: HeaderList): string[] {
  return headers.names.map((name, i) => `${name}: ${headers.values[i]}`);
}

function readRequests(bytes: Buffer): SeenMessages {
  const server = new TestServer({ acceptHttp10: true, enableTrailers: true });
  server.answer = ({ exchange, received }) => {
    const answer = (): void => exchange.sendHead(responseHead(200), true);
    if (exchange.endStream || exchange.head.upgrade !== undefined || exchange.head.method === 'CONNECT') answer();
    else received.onEnd = answer;
  };
  server.transport.receive(bytes);
  const messages = server.requests.map(({ head, received }) => ({
    start: `${head.method} ${head.path}`,
    fields: lines(head.headers),
    body: received.body,
    complete: received.ended,
  }));
  return { messages, refused: server.errors[0]?.message, upgraded: false };
}

function readResponse(bytes: Buffer): SeenMessages {
  const client = new TestClient({ enableTrailers: true });
  const received = client.get();
  client.transport.receive(bytes);
  const messages = received.heads.map((head, i) => ({
    start: String(head.status),
    fields: lines(head.headers),
    body: i === received.heads.length - 1 ? received.body : '',
    complete: i < received.heads.length - 1 || received.ended,
  }));
  return { messages, refused: client.errors[0]?.message, upgraded: false };
}
