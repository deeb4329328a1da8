import type { Proxy } from '@malla/ir';
import { Health } from '@malla/observability';
import { emptySnapshot } from '@malla/snapshot';
import { DeltaSession, noResources, type ResourceSet } from '@malla/xds';
import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import type { MeshVersion } from '../mesh/mesh-state.ts';
import { ProxyStream } from './proxy-stream.ts';
import { Translation } from './translation.ts';

const proxy = { id: 'cart.shop' } as Proxy;
const version = (generation: number): MeshVersion => ({
  changedAt: 0,
  snapshot: emptySnapshot(),
  revision: BigInt(generation),
  generation,
});
const empty: ResourceSet = new Map([['t', noResources]]);

let broken: Set<number>;
let made: number;
let failures: number;
let errors: string[];
let health: Health;
let translation: Translation;

beforeEach(() => {
  broken = new Set();
  made = failures = 0;
  errors = [];
  health = new Health();
  translation = new Translation({
    logger: pino({ level: 'error' }, { write: (line: string) => void errors.push(line) }),
    metrics: { translated: () => undefined, failed: () => void failures++ },
    health: health.check('translation'),
    translator: () => {
      made++;
      return {
        resources: (_proxy, { generation }) => {
          if (broken.has(generation)) throw new TypeError(`generation ${generation}`);
          return empty;
        },
      };
    },
  });
});

describe('Translation', () => {
  it('tells of a version that cannot be translated once, begins anew, and recovers with a later one', () => {
    broken.add(2);
    translation.resources(proxy, version(1));
    expect(() => translation.resources(proxy, version(2))).toThrow('generation 2');
    expect(() => translation.resources({ ...proxy, id: 'pay.shop' }, version(2))).toThrow('generation 2');
    expect({ failures, made, logged: errors.length }).toEqual({ failures: 2, made: 3, logged: 1 });
    expect(health.report()).toMatchObject({ ready: true, state: 'degraded' });
    translation.resources(proxy, version(1));
    expect(health.report().state).toBe('degraded');
    translation.resources(proxy, version(3));
    expect(health.report().state).toBe('ok');
  });

  it('leaves a connected proxy with what it has, and refuses a new one', () => {
    const stream = () =>
      new ProxyStream({
        connected: { proxy, admin: undefined },
        session: new DeltaSession({ nonce: () => '1', now: Date.now }),
        sink: { send: () => true, drained: () => Promise.resolve() },
        resources: (at) => translation.resources(proxy, at),
        discovery: 'd',
        now: Date.now,
        onSent: () => undefined,
        onDelivery: () => undefined,
        onRefused: () => undefined,
      });
    const connected = stream();
    connected.push(version(1));
    broken.add(2);
    expect(() => connected.push(version(2))).not.toThrow();
    expect(() => stream().push(version(2))).toThrow('generation 2');
    expect(() => connected.push(version(3))).not.toThrow();
  });
});
