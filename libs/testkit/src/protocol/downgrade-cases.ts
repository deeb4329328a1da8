import { flags, frame, frameTypes, headerBlock } from './h2-frames.ts';

type Field = readonly [name: string, value: string];

/** A request of HTTP/2 that, written down carelessly as HTTP/1.1, would be another one, or two. */
export interface DowngradeCase {
  readonly name: string;
  /** Frames of the request on stream 1. */
  readonly frames: Buffer;
  /** It may also be forwarded, in the one reading that everybody shares. Default: nothing of it may reach the application. */
  readonly mayForward?: boolean;
}

const hidden = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
const injected = `x\r\n\r\n${hidden}`;
const pseudo = { ':method': 'GET', ':scheme': 'http', ':authority': 'a', ':path': '/' };

interface Shape {
  /** In place of the usual pseudo fields; null leaves one out. */
  readonly pseudo?: Readonly<Partial<Record<keyof typeof pseudo, string | null>>>;
  readonly fields?: readonly Field[];
  readonly body?: string;
  readonly trailers?: readonly Field[];
}

function request({ pseudo: changed = {}, fields = [], body, trailers }: Shape): Buffer {
  const head = Object.entries({ ...pseudo, ...changed }).filter(
    (field): field is [string, string] => field[1] !== null,
  );
  return requestOf([...head, ...fields], body, trailers);
}

/** The stream ends with the last part there is. */
function requestOf(fields: readonly Field[], body?: string, trailers?: readonly Field[]): Buffer {
  const { headers, data } = frameTypes;
  const endOf = (last: boolean): number => (last ? flags.endStream : 0);
  const head = endOf(body === undefined && trailers === undefined) | flags.endHeaders;
  const parts = [frame(headers, head, 1, headerBlock(fields))];
  if (body !== undefined) parts.push(frame(data, endOf(trailers === undefined), 1, Buffer.from(body, 'latin1')));
  if (trailers !== undefined) parts.push(frame(headers, flags.endStream | flags.endHeaders, 1, headerBlock(trailers)));
  return Buffer.concat(parts);
}

const refused = (name: string, shape: Shape): DowngradeCase => ({ name, frames: request(shape) });
const forwardedAtMost = (name: string, shape: Shape): DowngradeCase => ({ ...refused(name, shape), mayForward: true });

const post = { pseudo: { ':method': 'POST' } } as const;
const usual = Object.entries(pseudo) as Field[];

/** Source: RFC 9113 sections 8.1.1, 8.2.1, 8.2.2, 8.3.1, 8.5 and 10.3; J. Kettle, "HTTP/2: The Sequel is Always Worse" (2021). */
export const downgradeCases: readonly DowngradeCase[] = [
  // Line ends in places that HTTP/1.1 writes into its lines
  ...['\r\n', '\n', '\r', '\0'].flatMap((end) => {
    const shown = JSON.stringify(end);
    return [
      refused(`${shown} in a value`, { fields: [['x', `y${end}x-smuggled: 1`]] }),
      refused(`${shown} at the end of a value`, { fields: [['x', `y${end}`]] }),
      refused(`${shown} in a name`, { fields: [[`x${end}x-smuggled`, '1']] }),
      refused(`${shown} in :path`, { pseudo: { ':path': `/${end}x-smuggled: 1` } }),
      refused(`${shown} in :method`, { pseudo: { ':method': `GET${end}x-smuggled: 1` } }),
      refused(`${shown} in :authority`, { pseudo: { ':authority': `a${end}x-smuggled: 1` } }),
      refused(`${shown} in a cookie`, { fields: [['cookie', `a=1${end}x-smuggled: 1`]] }),
    ];
  }),
  refused('a request in a value', { fields: [['x', injected]] }),
  refused('a request in a name', { fields: [[injected.toLowerCase(), 'x']] }),
  refused('a request in :path', { pseudo: { ':path': `/ HTTP/1.1\r\nHost: a\r\n\r\n${hidden}` } }),
  refused('a request in :method', { pseudo: { ':method': `GET / HTTP/1.1\r\nHost: a\r\n\r\n${hidden}` } }),
  refused('a request in :authority', { pseudo: { ':authority': injected } }),
  refused('a request in a trailer', { ...post, body: 'x', trailers: [['x', injected]] }),
  forwardedAtMost('a request in :scheme', { pseudo: { ':scheme': `http://a/smuggled HTTP/1.1\r\n\r\n` } }),
  // Names and pseudo fields
  refused('a name with a colon', { fields: [['transfer-encoding:', 'chunked']] }),
  refused('a name with a colon inside', { fields: [['x: y', '1']] }),
  refused('a name with a space behind', { fields: [['transfer-encoding ', 'chunked']] }),
  refused('a name with a space before', { fields: [[' transfer-encoding', 'chunked']] }),
  refused('a name with a tab', { fields: [['x\ty', '1']] }),
  refused('a name of capitals', { fields: [['Transfer-Encoding', 'chunked']] }),
  refused('a name beyond ASCII', { fields: [['x\xff', '1']] }),
  refused('an empty name', { fields: [['', '1']] }),
  refused('a method with a space', { pseudo: { ':method': 'GET /smuggled' } }),
  refused('an empty method', { pseudo: { ':method': '' } }),
  refused('a path with a space', { pseudo: { ':path': '/ HTTP/1.1 /smuggled' } }),
  refused('an empty path', { pseudo: { ':path': '' } }),
  refused('an authority with a space', { pseudo: { ':authority': 'a b' } }),
  refused('an authority with a path', { pseudo: { ':authority': 'a/smuggled' } }),
  refused('two :path', { fields: [[':path', '/smuggled']] }),
  { name: 'two :path, the good one last', frames: requestOf([[':path', '/smuggled'], ...usual]) },
  refused('two :method', { fields: [[':method', 'POST']] }),
  refused('two :authority', { fields: [[':authority', 'b']] }),
  refused('no :path', { pseudo: { ':path': null } }),
  refused('no :method', { pseudo: { ':method': null } }),
  refused('an unknown pseudo field', { fields: [[':smuggled', '1']] }),
  refused('a pseudo field of responses', { fields: [[':status', '200']] }),
  { name: 'a pseudo field behind others', frames: requestOf([['x', '1'], ...usual]) },
  refused('a pseudo field in trailers', { ...post, body: 'x', trailers: [[':path', '/smuggled']] }),
  // Lengths and codings
  refused('a length below the body', { ...post, fields: [['content-length', '0']], body: hidden }),
  refused('a length above the body', { ...post, fields: [['content-length', '500']], body: 'x' }),
  refused('a length without a body', { fields: [['content-length', '5']] }),
  refused('two lengths', {
    ...post,
    fields: [
      ['content-length', '0'],
      ['content-length', `${hidden.length}`],
    ],
    body: hidden,
  }),
  refused('a list of lengths', { ...post, fields: [['content-length', `0, ${hidden.length}`]], body: hidden }),
  refused('a signed length', { ...post, fields: [['content-length', '+5']], body: 'hello' }),
  refused('a length of letters', { ...post, fields: [['content-length', 'x']], body: hidden }),
  refused('chunked', { ...post, fields: [['transfer-encoding', 'chunked']], body: `0\r\n\r\n${hidden}` }),
  refused('chunked beside a length', {
    ...post,
    fields: [
      ['content-length', `${hidden.length + 5}`],
      ['transfer-encoding', 'chunked'],
    ],
    body: `0\r\n\r\n${hidden}`,
  }),
  refused('an unknown coding', { ...post, fields: [['transfer-encoding', 'xchunked']], body: hidden }),
  forwardedAtMost('te with more than trailers', { fields: [['te', 'trailers, chunked']] }),
  refused('connection', { ...post, fields: [['connection', 'transfer-encoding']], body: 'x' }),
  refused('upgrade', { fields: [['upgrade', 'h2c']] }),
  refused('keep-alive', { fields: [['keep-alive', '300']] }),
  refused('proxy-connection', { fields: [['proxy-connection', 'close']] }),
  forwardedAtMost('a coding in trailers', { ...post, body: 'x', trailers: [['transfer-encoding', 'chunked']] }),
  forwardedAtMost('a length in trailers', { ...post, body: 'x', trailers: [['content-length', '500']] }),
  forwardedAtMost('a body that looks like the end of chunks', { ...post, body: `0\r\n\r\n${hidden}` }),
  forwardedAtMost('GET with a body', { body: hidden }),
  forwardedAtMost('HEAD with a body', { pseudo: { ':method': 'HEAD' }, body: hidden }),
  // Hosts
  refused('two hosts', {
    pseudo: { ':authority': null },
    fields: [
      ['host', 'a'],
      ['host', 'b'],
    ],
  }),
  refused('CONNECT with a path', { pseudo: { ':method': 'CONNECT' } }),
  refused('CONNECT', { pseudo: { ':method': 'CONNECT', ':path': null, ':scheme': null, ':authority': 'a:80' } }),
];
