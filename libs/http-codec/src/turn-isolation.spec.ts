import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BothEnds, until } from '../test/both-ends.ts';
import { requestHead, ResponseRecorder, responseHead } from '../test/exchanges.ts';
import { TestServer } from '../test/http1/fixtures.ts';
import { beginTurn, endTurn, onTurnFault } from './turn.ts';

describe('work that is put off to the end of a turn of another connection', () => {
  let faults: string[];
  beforeEach(() => {
    faults = [];
    onTurnFault((error) => faults.push((error as Error).message));
  });
  afterEach(() => onTurnFault(undefined));

  it('ends its own HTTP/2 connection when it fails', async () => {
    const answer = { sendBody: (): void => undefined };
    const ends = new BothEnds((exchange) => {
      exchange.sendHead(responseHead(200), false);
      answer.sendBody = () => void exchange.sendData(Buffer.from('hello'), false);
    });
    const got = new ResponseRecorder();
    const exchange = ends.client.open(got);
    exchange.sendHead(requestHead(), true);
    await until(() => got.head !== undefined);
    exchange.pauseReading();
    answer.sendBody();
    for (let turns = 0; turns < 5; turns++) await nextTurn();
    got.onEvent = () => {
      if (got.reset === undefined) throw new Error('a bug');
    };
    beginTurn();
    exchange.resumeReading();
    expect(endTurn).not.toThrow();
    expect(faults).toEqual(['a bug']);
    expect(got.reset).toBe('connection-termination');
    expect(ends.clientPipe.ended).toBe(true);
  });

  it('ends its own HTTP/1 connection when it fails', () => {
    const server = new TestServer();
    server.connection.onBytes(Buffer.from('GET /1 HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(2)));
    server.answer = () => {
      throw new Error('a bug');
    };
    beginTurn();
    server.last.exchange.sendHead(responseHead(200), true);
    expect(endTurn).not.toThrow();
    expect(faults).toEqual(['a bug']);
    expect(server.transport.destroyed).toBe(true);
  });
});
