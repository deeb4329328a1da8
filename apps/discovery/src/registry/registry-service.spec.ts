import { create } from '@bufbuild/protobuf';
import type { CallInfo } from '@malla/grpc';
import {
  DeregisterRequestSchema,
  RegisterRequestSchema,
  WorkloadSchema,
} from '@malla/protos/gen/malla/registry/v1/registry_pb';
import { formatWorkloadId } from '@malla/spiffe';
import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { registryHandlers } from './registry-service.ts';
import type { WorkloadRecord } from './workload-record.ts';

const trustDomain = 'cluster.local';
let records: Map<string, WorkloadRecord>;
let pods: Set<string>;
let warnings: string[];
let service: ReturnType<typeof registryHandlers>;

beforeEach(() => {
  records = new Map();
  pods = new Set();
  warnings = [];
  service = registryHandlers({
    directory: {
      register: async (id, record) => void records.set(id, record),
      deregister: async (id) => void records.delete(id),
      get: (id) => records.get(id),
    },
    isPod: (id) => pods.has(id),
    trustDomain,
    leaseMs: 15_000,
    logger: pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) }),
    settled: async () => undefined,
  });
});

const as = (serviceAccount: string, namespace = 'shop', domain = trustDomain): CallInfo =>
  ({ peer: formatWorkloadId({ trustDomain: domain, namespace, serviceAccount }) }) as CallInfo;

interface Fields {
  name?: string;
  serviceAccount?: string;
  addresses?: string[];
  labels?: Record<string, string>;
  ports?: Record<string, number>;
  locality?: string;
}

function register(caller: CallInfo, fields: Fields = {}) {
  const workload = create(WorkloadSchema, {
    name: 'cart-v1',
    namespace: 'shop',
    serviceAccount: 'cart',
    addresses: ['10.0.0.1'],
    ...fields,
  });
  return service.register!(create(RegisterRequestSchema, { workload, healthy: true }), caller);
}

describe('the workload registry', () => {
  it('refuses the name of a Pod, which is in the mesh already', async () => {
    pods.add('shop/cart-v1');
    await expect(register(as('cart'))).rejects.toMatchObject({ code: 'already_exists' });
    expect(records.size).toBe(0);
  });

  it('takes what a caller says of itself', async () => {
    await register(as('cart'));
    expect(records.get('shop/cart-v1')?.workload.serviceAccount).toBe('cart');
  });

  it.each([
    ['another service account', as('pay')],
    ['another namespace', as('cart', 'bank')],
    ['another trust domain', as('cart', 'shop', 'other.example')],
    ['nobody', {} as CallInfo],
  ])('refuses what %s says', async (_who, caller) => {
    await expect(register(caller)).rejects.toMatchObject({
      code: expect.stringMatching(/permission_denied|unauthenticated/),
    });
    expect(records.size).toBe(0);
  });

  it('keeps a name to its service account while the lease lives', async () => {
    await register(as('cart'));
    await expect(register(as('pay'), { serviceAccount: 'pay' })).rejects.toMatchObject({
      code: 'already_exists',
      message: expect.stringContaining('service account cart'),
    });
    const theirs = create(DeregisterRequestSchema, { namespace: 'shop', name: 'cart-v1' });
    await expect(service.deregister!(theirs, as('pay'))).rejects.toMatchObject({ code: 'permission_denied' });
    expect(records.get('shop/cart-v1')?.workload.serviceAccount).toBe('cart');
  });

  it('tells when a name moves, for two agents may have it', async () => {
    await register(as('cart'));
    await register(as('cart'));
    expect(warnings).toEqual([]);
    await register(as('cart'), { addresses: ['10.0.0.2'] });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('10.0.0.2');
  });

  it.each([[[]], [['not-an-ip']], [Array.from({ length: 17 }, () => '10.0.0.1')]])(
    'refuses addresses %j',
    async (addresses) => {
      await expect(register(as('cart'), { addresses })).rejects.toMatchObject({ code: 'invalid' });
    },
  );

  it.each<Fields>([
    { name: '../x' },
    { name: 'a'.repeat(254) },
    { labels: { app: 'x'.repeat(64) } },
    { labels: { ['k'.repeat(318)]: 'v' } },
    { ports: { ['p'.repeat(64)]: 80 } },
    { locality: 'z'.repeat(300) },
  ])('refuses texts that no honest workload has', async (fields) => {
    await expect(register(as('cart'), fields)).rejects.toMatchObject({ code: 'invalid' });
    expect(records.size).toBe(0);
  });
});
