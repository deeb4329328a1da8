import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldText, requestHead, responseHead, TestClient, TestServer, Recorder } from '../../test/http1/fixtures.ts';
import { mutate, REQUEST_SEEDS, RESPONSE_SEEDS, seeded } from '../../test/http1/mutations.ts';

/** All that a server tells of the pieces, and answers. */
function serve(pieces: readonly Buffer[]): unknown {
  const server = new TestServer({ enableTrailers: true, acceptHttp10: true });
  server.answer = ({ exchange, received }) => {
    const answer = (): void => {
      exchange.sendHead(responseHead(200), false);
      exchange.sendData(Buffer.from(exchange.head.path), true);
    };
    if (exchange.endStream) answer();
    else received.onEnd = answer;
  };
  for (const piece of pieces) if (!server.transport.paused) server.transport.receive(piece);
  return {
    requests: server.requests.map(({ head, received: { body, events, ended } }) => {
      return { ...head, headers: fieldText(head.headers), body, events, ended };
    }),
    errors: server.errors.map((error) => error.message),
    output: server.transport.take(),
    closed: server.transport.ended || server.transport.destroyed,
  };
}

function ask(pieces: readonly Buffer[]): unknown {
  const client = new TestClient({ enableTrailers: true });
  const received = new Recorder();
  client.connection.open(received).sendHead(requestHead(), true);
  for (const piece of pieces) if (!client.transport.destroyed) client.transport.receive(piece);
  const { events, body, ended } = received;
  return {
    events,
    body,
    ended,
    errors: client.errors.map((error) => error.message),
    capacity: client.connection.capacity,
  };
}

function splitAt(bytes: Buffer, ...cuts: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    if (cut > from) pieces.push(bytes.subarray(from, cut));
    from = Math.max(from, cut);
  }
  return pieces;
}

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('what is read does not depend on how it comes', () => {
  it.each(REQUEST_SEEDS.map((seed, i) => [i, seed] as const))('request %i, cut at every byte', (_i, seed) => {
    const bytes = bytesOf(seed);
    const whole = serve([bytes]);
    for (let cut = 1; cut < bytes.length; cut++) expect(serve(splitAt(bytes, cut))).toEqual(whole);
    expect(serve([...bytes].map((byte) => Buffer.of(byte)))).toEqual(whole);
  });

  it.each(RESPONSE_SEEDS.map((seed, i) => [i, seed] as const))('response %i, cut at every byte', (_i, seed) => {
    const bytes = bytesOf(seed);
    const whole = ask([bytes]);
    for (let cut = 1; cut < bytes.length; cut++) {
      // Bytes after a response are seen as such only when they come with it; later ones meet an idle connection.
      const { errors, capacity, ...events } = ask(splitAt(bytes, cut)) as { errors: unknown; capacity: number };
      expect(whole).toMatchObject(events);
      if ((whole as { ended: boolean }).ended) expect([0, 1]).toContain(capacity);
      else
        expect({ errors, capacity }).toEqual({
          errors: (whole as typeof events & { errors: unknown }).errors,
          capacity,
        });
    }
  });

  it('changed requests, cut anywhere', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.nat(400), { maxLength: 6 }), (seed, cuts) => {
        const bytes = bytesOf(mutate(REQUEST_SEEDS, seeded(seed)));
        expect(serve(splitAt(bytes, ...cuts.sort((a, b) => a - b)))).toEqual(serve([bytes]));
      }),
      { numRuns: 500 },
    );
  });
});
