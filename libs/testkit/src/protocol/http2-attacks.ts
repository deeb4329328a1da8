import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../wait-for.ts';
import type { RawH2Client } from './h2-client.ts';
import { flags, frame, frameTypes, get, headerBlock, rstStream, uint32 } from './h2-frames.ts';

const { data, headers, ping, priority, settings, windowUpdate, continuation } = frameTypes;

/** What a client of HTTP/2 does to a server that it wants to hurt. */
export interface Http2Attack {
  readonly name: string;
  /** Resolves when it is over; fails when the attacker should have been thrown out and was not. */
  readonly run: (client: RawH2Client) => Promise<void>;
  /** How much the memory of the proxy may grow meanwhile, in MiB. Default 64. */
  readonly mostGrowthMib?: number;
  /** Its answers are asked for and not taken, and wait on the connection to the application that all clients share. */
  readonly holdsAnswers?: boolean;
}

const start = headerBlock([
  [':method', 'GET'],
  [':scheme', 'http'],
  [':authority', 'a'],
  [':path', '/'],
]);
const noWindow = frame(settings, 0, 0, Buffer.concat([Buffer.from([0, 4]), uint32(0)]));

/** S5. Sources: CVE-2023-44487, CVE-2024-27316 and its kin, CVE-2019-9511 to 9518, CVE-2016-6581 (HPACK bomb). */
export const http2Attacks: readonly Http2Attack[] = [
  {
    name: 'rapid reset (CVE-2023-44487)',
    async run(client) {
      await flood(client, 50_000, (i) => Buffer.concat([get(2 * i + 1), rstStream(2 * i + 1)]));
      await thrownOut(client);
    },
  },
  {
    name: 'CONTINUATION without an end (CVE-2024-27316)',
    async run(client) {
      client.send(frame(headers, 0, 1, headerBlock([[':method', 'GET']])));
      const more = headerBlock([['x-more', 'y'.repeat(1_000)]]);
      await flood(client, 5_000, () => frame(continuation, 0, 1, more));
      await thrownOut(client);
    },
  },
  {
    name: 'empty CONTINUATION frames',
    async run(client) {
      client.send(frame(headers, 0, 1, headerBlock([[':method', 'GET']])));
      await flood(client, 50_000, () => frame(continuation, 0, 1));
      await thrownOut(client);
    },
  },
  {
    name: 'PING flood of a client that does not read',
    async run(client) {
      client.stopReading();
      await Promise.race([flood(client, 200_000, () => frame(ping, 0, 0, Buffer.alloc(8))), sleep(8_000)]);
    },
  },
  {
    name: 'SETTINGS flood of a client that does not read',
    async run(client) {
      client.stopReading();
      await Promise.race([flood(client, 200_000, () => frame(settings, 0, 0)), sleep(8_000)]);
    },
  },
  {
    name: 'PRIORITY flood',
    async run(client) {
      await flood(client, 50_000, () => frame(priority, 0, 1, Buffer.concat([uint32(0), Buffer.of(1)])));
      await thrownOut(client);
    },
  },
  {
    name: 'WINDOW_UPDATE flood',
    async run(client) {
      await flood(client, 50_000, () => frame(windowUpdate, 0, 0, uint32(1)));
      await thrownOut(client);
    },
  },
  {
    name: 'empty DATA frames',
    async run(client) {
      const block = headerBlock([
        [':method', 'POST'],
        [':scheme', 'http'],
        [':authority', 'a'],
        [':path', '/'],
      ]);
      client.send(frame(headers, flags.endHeaders, 1, block));
      await flood(client, 50_000, () => frame(data, 0, 1));
      await thrownOut(client);
    },
  },
  {
    name: 'HPACK bomb: one large entry, referred to again and again',
    async run(client) {
      const name = Buffer.concat([Buffer.of(0x40), Buffer.of(1), Buffer.from('x')]);
      const value = Buffer.concat([Buffer.from([0x7f, 0x81, 0x1e]), Buffer.alloc(4_000 - 32, 0x61)]);
      for (let i = 0; i < 200 && !client.closed; i++) {
        const entry = i === 0 ? Buffer.concat([name, value]) : Buffer.alloc(0);
        const block = Buffer.concat([start, entry, Buffer.alloc(16_000, 0xbe)]);
        client.send(frame(headers, flags.endHeaders | flags.endStream, 2 * i + 1, block));
        await client.drained();
      }
    },
  },
  {
    name: 'zero windows: large answers that are never taken',
    mostGrowthMib: 128,
    holdsAnswers: true,
    async run(client) {
      client.send(noWindow);
      for (let i = 0; i < 50; i++) client.send(get(2 * i + 1, '/large'));
      await sleep(2_000);
    },
  },
  {
    name: 'more streams than may be open',
    mostGrowthMib: 128,
    holdsAnswers: true,
    async run(client) {
      client.send(noWindow);
      await flood(client, 3_000, (i) => get(2 * i + 1, '/large'));
      await sleep(500);
    },
  },
];

/** Sends until the proxy ends the connection, or the attack is over. */
async function flood(client: RawH2Client, count: number, make: (i: number) => Buffer): Promise<void> {
  for (let i = 0; i < count && !client.closed; i += 100) {
    client.send(...Array.from({ length: 100 }, (_, j) => make(i + j)));
    await client.drained();
  }
}

async function thrownOut(client: RawH2Client): Promise<void> {
  await waitFor(() => client.closed || client.goaway !== undefined, {
    what: 'the end of the attacker',
    timeoutMs: 10_000,
  });
}
