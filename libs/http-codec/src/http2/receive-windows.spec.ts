import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BothEnds, until, type BothEndsParams } from '../../test/both-ends.ts';
import { requestHead, ResponseRecorder, responseHead } from '../../test/exchanges.ts';
import { firstWindow } from './options.ts';

const connectionWindow = 1_000_000;
const windows: BothEndsParams = {
  client: {
    initialStreamWindowSize: 800_000,
    initialConnectionWindowSize: connectionWindow,
    maxConcurrentStreams: 100,
  },
  server: { maxBufferedBytes: 10_000_000 },
};

/** Answers with as many bytes as the path says. */
function answers(params: BothEndsParams = windows): BothEnds {
  return new BothEnds((exchange) => {
    exchange.sendHead(responseHead(200), false);
    exchange.sendData(Buffer.alloc(Number(exchange.head.path.slice(1)), 1), true);
  }, params);
}

function ask({ client }: BothEnds, bytes: number) {
  const got = new ResponseRecorder();
  const exchange = client.open(got);
  exchange.sendHead(requestHead({ path: `/${bytes}` }), true);
  return { got, exchange };
}

const received = ({ server }: BothEnds): number =>
  [...server.streams.values()].reduce((sum, stream) => sum + stream.queuedBytes, 0);

/** All that can come has come. */
async function rest(ends: BothEnds): Promise<void> {
  for (let still = 0, before = -1; still < 5;) {
    await nextTurn();
    const now = received(ends) + ends.serverPipe.bytesWritten;
    still = now === before ? still + 1 : 0;
    before = now;
  }
}

describe('HTTP/2 streams that are not read', () => {
  it('hold their own window and not that of the connection: others go on', async () => {
    const ends = answers();
    for (let i = 0; i < 7; i++) ask(ends, 500_000).exchange.pauseReading();
    await rest(ends);
    const other = ask(ends, 3_000_000);
    await until(() => other.got.ended);
    expect(other.got.body.length).toBe(3_000_000);
  });

  it('hold so much together that memory stays bounded, and all comes when they are read', async () => {
    const ends = answers();
    const slow = Array.from({ length: 60 }, () => ask(ends, 200_000));
    for (const { exchange } of slow) exchange.pauseReading();
    await rest(ends);
    const sent = 60 * 200_000 - received(ends);
    expect(sent).toBeGreaterThan(connectionWindow);
    expect(sent).toBeLessThanOrEqual(2 * connectionWindow);
    for (const { exchange } of slow) exchange.resumeReading();
    await until(() => slow.every(({ got }) => got.ended));
    expect(slow.map(({ got }) => got.body.length)).toEqual(slow.map(() => 200_000));
  });

  it('give back what they held when they are reset', async () => {
    const ends = answers();
    for (let round = 0; round < 5; round++) {
      const slow = Array.from({ length: 20 }, () => ask(ends, 200_000));
      for (const { exchange } of slow) exchange.pauseReading();
      await rest(ends);
      for (const { exchange } of slow) exchange.reset();
    }
    const after = ask(ends, 2_500_000);
    await until(() => after.got.ended);
  });
});

describe("a stream's window", () => {
  const longest = 4_000_000;

  it('grows up to its limit while what comes is taken at once', async () => {
    const ends = answers();
    const { got, exchange } = ask(ends, longest);
    await until(() => got.body.length > 2_500_000);
    exchange.pauseReading();
    const before = got.body.length;
    await rest(ends);
    const held = longest - received(ends) - before;
    expect(held).toBeGreaterThan(400_000);
    expect(held).toBeLessThanOrEqual(800_000);
    exchange.resumeReading();
    await until(() => got.ended);
  });

  it('stays as it began when its reader is slow', async () => {
    const ends = answers();
    const { got, exchange } = ask(ends, longest);
    got.onEvent = () => exchange.pauseReading();
    while (!got.ended) {
      await rest(ends);
      expect(longest - received(ends) - got.body.length).toBeLessThanOrEqual(firstWindow);
      exchange.resumeReading();
    }
  });
});
