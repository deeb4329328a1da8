import { loadSettings } from '@malla/settings';
import { describe, expect, it } from 'vitest';
import { agentSettings } from './agent-settings.ts';
import { inboundBinds, outboundBinds, portMap, socketAddress } from './binds.ts';

describe('binds', () => {
  it('reads listeners for peers', () => {
    expect(inboundBinds().parse('9080=127.0.0.1:30001>127.0.0.1:40001, 9443=[::1]:30002>[::1]:40002')).toEqual([
      {
        targetPort: 9080,
        bind: { address: '127.0.0.1', port: 30001 },
        forwardTo: { address: '127.0.0.1', port: 40001 },
      },
      { targetPort: 9443, bind: { address: '::1', port: 30002 }, forwardTo: { address: '::1', port: 40002 } },
    ]);
  });

  it('reads listeners for the application', () => {
    expect(outboundBinds().parse('reviews.default.svc.cluster.local:9080=127.0.0.1:20001,')).toEqual([
      { host: 'reviews.default.svc.cluster.local', port: 9080, bind: { address: '127.0.0.1', port: 20001 } },
    ]);
    expect(outboundBinds().parse('')).toEqual([]);
  });

  it('reads addresses and ports', () => {
    expect(socketAddress().parse('[::]:8080')).toEqual({ address: '::', port: 8080 });
    expect(portMap().parse('http=80,9090=9091')).toEqual({ http: 80, '9090': 9091 });
  });

  it.each([
    [inboundBinds(), '9080=127.0.0.1:30001'],
    [inboundBinds(), '0=127.0.0.1:1>127.0.0.1:2'],
    [inboundBinds(), '9080=localhost:1>127.0.0.1:2'],
    [inboundBinds(), '9080=127.0.0.1:0>127.0.0.1:2'],
    [outboundBinds(), 'reviews=127.0.0.1:20001'],
    [outboundBinds(), 'reviews:9080=20001'],
    [outboundBinds(), 'reviews:9080=127.0.0.1:1=2'],
    [socketAddress(), 'localhost:80'],
    [portMap(), 'http=70000'],
  ])('names the part that is wrong %#', (schema, text) => {
    const parsed = schema.safeParse(text);
    expect(parsed.success).toBe(false);
    expect(parsed.error?.issues[0]?.message).toContain(`"${text}"`);
  });
});

describe('agentSettings', () => {
  it('needs a name and has defaults for the rest', () => {
    const loaded = loadSettings(agentSettings, { env: {}, argv: ['--workload-name', 'reviews-v1'] });
    expect(loaded).toMatchObject({
      kind: 'ok',
      values: {
        workloadName: 'reviews-v1',
        namespace: 'default',
        interception: 'NONE',
        inbound: [],
        dataPlane: 'envoy',
      },
    });
  });

  it('tells every mistake at once', () => {
    const env = {
      MALLA_INBOUND: 'x',
      MALLA_APP_HEALTH: 'ftp://a',
      MALLA_DATA_PLANE: 'nginx',
      MALLA_NAMESPACE: 'a b',
      MALLA_ADDRESS: '127.0.0.1,localhost',
    };
    const loaded = loadSettings(agentSettings, { env, argv: [] });
    const names = loaded.kind === 'problems' ? loaded.problems.map(({ name }) => name).sort() : [];
    expect(names).toEqual([
      'MALLA_ADDRESS',
      'MALLA_APP_HEALTH',
      'MALLA_DATA_PLANE',
      'MALLA_INBOUND',
      'MALLA_NAMESPACE',
      'MALLA_WORKLOAD_NAME',
    ]);
  });
});
