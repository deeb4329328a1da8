import type { CallInfo } from '@malla/grpc';
import { controlPlaneId, formatWorkloadId } from '@malla/spiffe';
import { describe, expect, it } from 'vitest';
import type { Authenticator } from '../access/authenticator.ts';
import { Authorizer } from '../access/authorizer.ts';
import type { AccessRequest } from '../access/caller.ts';
import { RbacIndex } from '../access/rbac-index.ts';
import { grpcCaller } from './grpc-caller.ts';

const trustDomain = 'cluster.local';
const callerOf = grpcCaller({
  trustDomain,
  authenticator: undefined as unknown as Authenticator,
  authorizer: new Authorizer(new RbacIndex()),
});
const call = (peer: string | undefined, method = 'Watch') =>
  ({ peer, method: `/malla.config.v1.ConfigService/${method}`, metadata: { get: () => [] } }) as unknown as CallInfo;
const request = (verb: string, group: string, resource: string): AccessRequest => ({
  verb,
  group,
  resource,
  namespace: undefined,
});

describe('grpcCaller by certificate', () => {
  it('lets policy-telemetry read what it decides by, and nothing else', async () => {
    const caller = await callerOf(call(controlPlaneId('policy-telemetry', trustDomain)));
    const may = (verb: string, group: string, resource: string) =>
      caller.decide(request(verb, group, resource)).allowed;
    expect(may('watch', 'policy.malla.io', 'ratelimits')).toBe(true);
    expect(may('watch', 'policy.malla.io', 'apikeypolicies')).toBe(true);
    expect(may('watch', '', 'secrets')).toBe(true);
    expect(may('update', 'policy.malla.io', 'ratelimits')).toBe(false);
    expect(may('delete', '', 'secrets')).toBe(false);
    expect(may('watch', '', 'configmaps')).toBe(false);
    expect(may('watch', '*', '*')).toBe(false);
  });

  it('lets discovery read everything, and write nothing', async () => {
    const discovery = controlPlaneId('discovery', trustDomain);
    expect((await callerOf(call(discovery))).decide(request('watch', '*', '*')).allowed).toBe(true);
    await expect(callerOf(call(discovery, 'Create'))).rejects.toMatchObject({ code: 'permission_denied' });
  });

  it('refuses workloads, and those without a certificate', async () => {
    const workload = formatWorkloadId({ trustDomain, namespace: 'shop', serviceAccount: 'cart' });
    await expect(callerOf(call(workload))).rejects.toMatchObject({ code: 'permission_denied' });
    await expect(callerOf(call(undefined))).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});
