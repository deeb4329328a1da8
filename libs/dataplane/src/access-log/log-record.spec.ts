import { expect, it } from 'vitest';
import type { LogFacts, TimingFacts } from './log-facts.ts';
import { logRecord } from './log-record.ts';

/** As the facts of a stream: getters that work out what they are asked for. */
class Timings implements TimingFacts {
  readonly lastUpstreamRxMs = undefined;
  readonly firstDownstreamTxMs = undefined;
  readonly lastDownstreamTxMs = undefined;

  get lastDownstreamRxMs(): number {
    return 0;
  }

  get firstUpstreamTxMs(): number {
    return 1.5;
  }

  get firstUpstreamRxMs(): undefined {
    return undefined;
  }
}

it('has the times of a request', () => {
  const end = { address: '10.0.0.1', port: 80 };
  const facts: LogFacts = {
    type: 'DownstreamEnd',
    startedAt: 0,
    durationMs: 2,
    flags: '',
    connection: {
      id: 1,
      remote: end,
      local: end,
      listener: '',
      filterChain: '',
      direction: 'inbound',
      requestedServerName: '',
      startedAt: 0,
      scratch: new Map(),
    },
    remote: end,
    upstream: undefined,
    routeName: '',
    responseCodeDetails: '',
    terminationDetails: '',
    bytesReceived: 0,
    bytesSent: 0,
    http: undefined,
    timings: new Timings(),
  };
  expect(logRecord(facts).timings).toEqual({ lastDownstreamRxMs: 0, firstUpstreamTxMs: 1.5 });
});
