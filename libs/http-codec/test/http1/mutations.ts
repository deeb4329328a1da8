/** Small numbers that look random and are the same for the same seed (mulberry32). */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) % below) | 0;
  };
}

const HOST = 'Host: a.test\r\n';

/** So many seeds, of the first ones, have no fault. */
export const GOOD_REQUESTS = 16;
export const GOOD_RESPONSES = 11;

/** Requests to begin with: good ones, and the known ways to make two parsers disagree. */
export const REQUEST_SEEDS: readonly string[] = [
  `GET / HTTP/1.1\r\n${HOST}\r\n`,
  `GET /a?b=c&d HTTP/1.1\r\n${HOST}User-Agent: x/1.0\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n`,
  `POST /p HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello`,
  `POST /p HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
  `POST /p HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5;a=b;c="d"\r\nhello\r\n0;x\r\nX-Trailer: t\r\n\r\n`,
  `GET /1 HTTP/1.1\r\n${HOST}\r\nGET /2 HTTP/1.1\r\n${HOST}\r\n`,
  `POST /1 HTTP/1.1\r\n${HOST}Content-Length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\n${HOST}\r\n`,
  `POST /1 HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET /2 HTTP/1.1\r\n${HOST}\r\n`,
  `\r\nGET / HTTP/1.1\r\n${HOST}\r\n`,
  `GET http://b.test/x HTTP/1.1\r\n${HOST}\r\n`,
  `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`,
  `CONNECT b.test:443 HTTP/1.1\r\nHost: b.test:443\r\n\r\nraw`,
  `GET /ws HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\nraw`,
  `GET / HTTP/1.0\r\n${HOST}Connection: keep-alive\r\n\r\n`,
  `GET / HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`,
  `PUT /x HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 2\r\n\r\nok`,
  // CL.TE, TE.CL, TE.TE
  `POST / HTTP/1.1\r\n${HOST}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG`,
  `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\nGPOST / HTTP/1.1\r\n\r\n0\r\n\r\n`,
  `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n`,
  `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
  `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
  `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n`,
  `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
  `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  `POST / HTTP/1.1\r\n${HOST}X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  `POST / HTTP/1.1\r\n${HOST}X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  `POST / HTTP/1.1\r\n${HOST}X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  // Lengths
  `POST / HTTP/1.1\r\n${HOST}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`,
  `POST / HTTP/1.1\r\n${HOST}Content-Length: 3, 3\r\n\r\nabc`,
  `POST / HTTP/1.1\r\n${HOST}Content-Length: +3\r\n\r\nabc`,
  `POST / HTTP/1.1\r\n${HOST}Content-Length: 0x3\r\n\r\nabc`,
  `POST / HTTP/1.1\r\n${HOST}Content-Length: 99999999999999999999\r\n\r\nabc`,
  `POST / HTTP/1.1\r\n${HOST}Content-Length:\r\n\r\nabc`,
  `POST / HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\nGET /2 HTTP/1.1\r\n${HOST}\r\n`,
  // Chunks
  `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n`,
  `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n`,
  `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n`,
  `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n`,
  `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n3;\nabc\r\n0\r\n\r\n`,
  `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\nabc\r\n0\r\n\r\n`,
  `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0003\r\nabc\r\n000\r\n\r\n`,
  `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nContent-Length: 3\r\n\r\n`,
  `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n c\r\n\r\n`,
  // Lines and names
  `GET / HTTP/1.1\nHost: a.test\n\n`,
  `GET / HTTP/1.1\r\n Host: a.test\r\n\r\n`,
  `GET / HTTP/1.1\r\n${HOST}A b: c\r\n\r\n`,
  `GET / HTTP/1.1\r\n${HOST}A: b\0c\r\n\r\n`,
  `GET / HTTP/1.1\r\n${HOST}: c\r\n\r\n`,
  `GET / HTTP/1.1\r\n${HOST}A\r\n\r\n`,
  `GET / HTTP/1.1\r\n${HOST}A:\r\nB: \r\nC:\t \r\nD: \xe4\xff\r\n\r\n`,
  `GET / HTTP/1.1\r\n${HOST}${HOST}\r\n`,
  `GET / HTTP/1.1\r\n\r\n`,
  `GET  / HTTP/1.1\r\n${HOST}\r\n`,
  `GET /\tx HTTP/1.1\r\n${HOST}\r\n`,
  `GET /\x80 HTTP/1.1\r\n${HOST}\r\n`,
  `GET / HTTP/1.2\r\n${HOST}\r\n`,
  `GET / HTTP/2.0\r\n${HOST}\r\n`,
  `GET / HTTP/01.1\r\n${HOST}\r\n`,
  `GET /\r\n\r\n`,
  `get / HTTP/1.1\r\n${HOST}\r\n`,
  `G\0T / HTTP/1.1\r\n${HOST}\r\n`,
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
];

const HEAD = 'HTTP/1.1 200 OK\r\n';

/** Responses to begin with. */
export const RESPONSE_SEEDS: readonly string[] = [
  `${HEAD}Content-Length: 5\r\n\r\nhello`,
  `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
  `${HEAD}Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX-T: 1\r\n\r\n`,
  `${HEAD}Content-Type: text/plain\r\nConnection: close\r\n\r\nuntil the end`,
  `HTTP/1.1 204 No Content\r\nX: y\r\n\r\n`,
  `HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n`,
  `HTTP/1.1 100 Continue\r\n\r\n${HEAD}Content-Length: 2\r\n\r\nok`,
  `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${HEAD}Content-Length: 2\r\n\r\nok`,
  `HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok`,
  `HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n`,
  `HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n`,
  `${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
  `${HEAD}Transfer-Encoding: gzip\r\n\r\nok`,
  `${HEAD}Transfer-Encoding: chunked, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
  `${HEAD}Content-Length: 2\r\nContent-Length: 2\r\n\r\nok`,
  `${HEAD}Content-Length: 2, 2\r\n\r\nok`,
  `${HEAD}Content-Length: -2\r\n\r\nok`,
  `${HEAD}X: y\r\n z\r\nContent-Length: 2\r\n\r\nok`,
  `${HEAD}X : y\r\nContent-Length: 2\r\n\r\nok`,
  `HTTP/1.1 200 OK\nContent-Length: 2\n\nok`,
  `HTTP/1.1 20 OK\r\n\r\n`,
  `HTTP/1.1 2000 OK\r\n\r\n`,
  `http/1.1 200 OK\r\n\r\n`,
  `${HEAD}Content-Length: 2\r\n\r\nok${HEAD}Content-Length: 0\r\n\r\n`,
];

/** Pieces that are put in anywhere. */
const PIECES = [
  ...['\r\n', '\n', '\r', '\r\n ', '\r\n\t', ' ', '\t', '\0', '\x0b', '\x7f', '\x80', '\xff', ':', ';', ',', '"', '\\'],
  ...['0', '1', '3', 'a', '5\r\n', '0\r\n\r\n', '\r\n\r\n', '_', '-', '+', '/', '*', '#', '?', '%', '@', '[', ']'],
  ...['Content-Length: 3\r\n', 'Content-Length: 0\r\n', 'content-length:5\r\n', 'Transfer-Encoding: chunked\r\n'],
  ...['Transfer-Encoding: identity\r\n', 'transfer-encoding:chunked\r\n', 'Transfer-Encoding: chunked,\r\n'],
  ...['Connection: close\r\n', 'Connection: keep-alive, x\r\n', 'Connection: upgrade\r\n', 'Upgrade: websocket\r\n'],
  ...['Host: b.test\r\n', 'X: y\r\n', 'Expect: 100-continue\r\n', 'GET /3 HTTP/1.1\r\nHost: a.test\r\n\r\n'],
  ...['HTTP/1.1', 'HTTP/1.0', 'GET', 'POST', 'chunked', ', chunked', 'gzip, '],
];

/** One text, changed in one place, or in up to four. The first seeds, the good ones, are taken more often. */
export function mutate(seeds: readonly string[], random: (below: number) => number): string {
  let text = seeds[random(random(2) === 0 ? GOOD_RESPONSES : seeds.length)] as string;
  for (let changes = random(2) === 0 ? 1 : 1 + random(4); changes > 0; changes--) text = change(text, seeds, random);
  return text;
}

function change(text: string, seeds: readonly string[], random: (below: number) => number): string {
  const at = random(text.length + 1);
  const length = 1 + random(4);
  const piece = PIECES[random(PIECES.length)] as string;
  switch (random(12)) {
    case 0:
    case 1:
      return text.slice(0, at) + piece + text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(at + length);
    case 3:
      return text.slice(0, at) + piece + text.slice(at + piece.length);
    case 4:
      return text.slice(0, at) + String.fromCharCode(random(256)) + text.slice(at + 1);
    case 5:
    case 10:
      return swapCase(text, at);
    case 6:
    case 8:
    case 9:
      return insertLine(text, piece, random);
    case 7: {
      const other = seeds[random(seeds.length)] as string;
      return text.slice(0, at) + other.slice(random(other.length));
    }
    default:
      return text.slice(0, at) + text.slice(at, at + 1 + random(20)) + text.slice(at);
  }
}

function swapCase(text: string, at: number): string {
  const c = text.charAt(at);
  const swapped = c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase();
  return text.slice(0, at) + swapped.slice(0, 1) + text.slice(at + 1);
}

/** At the begin of a line; half of the time as a field. */
function insertLine(text: string, piece: string, random: (below: number) => number): string {
  const lines = text.split('\r\n');
  const line = random(lines.length);
  lines[line] = (random(2) === 0 ? piece : `X-Y: ${piece}\r\n`) + lines[line];
  return lines.join('\r\n');
}
