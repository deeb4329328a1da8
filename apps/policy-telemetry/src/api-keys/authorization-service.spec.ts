import { create } from '@bufbuild/protobuf';
import type { CallInfo } from '@malla/grpc';
import type { ApiKeyPolicy, Secret } from '@malla/model';
import { CheckRequestSchema, type CheckRequest } from '@malla/protos/gen/envoy/service/auth/v3/external_auth_pb';
import { formatWorkloadId } from '@malla/spiffe';
import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { ApiKeyTable } from './api-key-table.ts';
import { authorizationHandlers } from './authorization-service.ts';

const trustDomain = 'cluster.local';
const cart = formatWorkloadId({ trustDomain, namespace: 'shop', serviceAccount: 'cart' });

function policy(name: string, spec: Partial<ApiKeyPolicy['spec']> = {}, namespace = 'shop'): ApiKeyPolicy {
  return {
    apiVersion: 'policy.malla.io/v1alpha1',
    kind: 'ApiKeyPolicy',
    metadata: { namespace, name },
    spec: { secretRef: { name: 'keys' }, ...spec },
  };
}

function secret(keys: Record<string, string>, type = 'Opaque', namespace = 'shop'): Secret {
  const data = Object.fromEntries(Object.entries(keys).map(([k, v]) => [k, Buffer.from(v).toString('base64')]));
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 'keys' }, type, data };
}

function request(headers: Record<string, string>, policies = 'shop/keys', principal = cart): CheckRequest {
  return create(CheckRequestSchema, {
    attributes: {
      destination: { principal },
      request: { http: { method: 'GET', path: '/', headers } },
      contextExtensions: { 'malla.policy': 'shop/custom', 'malla.api-key-policies': policies },
    },
  });
}

describe('authorization by API keys', () => {
  let table: ApiKeyTable;
  let loaded: boolean;
  let metrics: Registry;
  let check: (request: CheckRequest, peer?: string) => ReturnType<typeof answerOf>;

  beforeEach(() => {
    table = new ApiKeyTable();
    loaded = true;
    table.setPolicy(policy('keys'));
    table.setSecret(secret({ mobile: 's3cret-m', partner: 's3cret-p\n' }));
    metrics = new Registry();
    const apiKeys = () => (loaded ? table : undefined);
    const handlers = authorizationHandlers({ apiKeys, metrics, trustDomain, rootNamespace: 'istio-system' });
    check = (message, peer = cart) => answerOf(handlers.check!(message, { peer } as CallInfo));
  });

  // The shape is that of a response before it is encoded.
  function answerOf(response: unknown) {
    const { httpResponse, dynamicMetadata } = response as {
      dynamicMetadata?: Record<string, string>;
      httpResponse: {
        case: string;
        value: {
          status?: { code: number };
          headers: { header: { key: string; value: string } }[];
          headersToRemove?: string[];
        };
      };
    };
    const { status, headers, headersToRemove } = httpResponse.value;
    return {
      verdict: httpResponse.case,
      status: status?.code,
      headers: Object.fromEntries(headers.map(({ header }) => [header.key, header.value])),
      headersToRemove,
      dynamicMetadata,
    };
  }

  it('lets a known key pass, names its client, and keeps the key from the application', () => {
    expect(check(request({ 'x-api-key': 's3cret-p' }))).toEqual({
      verdict: 'okResponse',
      status: undefined,
      headers: { 'x-api-client': 'partner' },
      headersToRemove: ['x-api-key'],
      dynamicMetadata: { client: 'partner', policy: 'shop/keys' },
    });
  });

  it.each([
    ['no key', {}],
    ['an empty key', { 'x-api-key': '' }],
    ['a key of nobody', { 'x-api-key': 's3cret' }],
    ['two keys at once', { 'x-api-key': 's3cret-m,s3cret-p' }],
    ['a key without end', { 'x-api-key': 'x'.repeat(100_000) }],
  ])('answers 401 with a challenge to %s', (_, headers) => {
    const answer = check(request(headers));
    expect(answer).toMatchObject({ verdict: 'deniedResponse', status: 401 });
    expect(answer.headers['www-authenticate']).toContain('x-api-key');
  });

  it('follows changes of the secret and of the policy', () => {
    table.setSecret(secret({ mobile: 'new' }));
    expect(check(request({ 'x-api-key': 's3cret-m' })).status).toBe(401);
    expect(check(request({ 'x-api-key': 'new' })).verdict).toBe('okResponse');
    table.setPolicy(policy('keys', { header: 'Authorization' }));
    expect(check(request({ 'x-api-key': 'new' })).status).toBe(401);
    expect(check(request({ authorization: 'Bearer new' }))).toMatchObject({
      verdict: 'okResponse',
      headersToRemove: ['authorization'],
    });
    table.deleteSecret('shop', 'keys');
    expect(check(request({ authorization: 'new' })).status).toBe(401);
    table.deletePolicy('shop', 'keys');
    expect(check(request({ authorization: 'new' })).status).toBe(403);
  });

  it('takes a key of any of several policies, and removes all headers that hold keys', () => {
    table.setPolicy(policy('other', { header: 'x-other', secretRef: { name: 'keys' } }, 'istio-system'));
    table.setSecret(secret({ mesh: 'mesh-key' }, 'Opaque', 'istio-system'));
    const headers = { 'x-api-key': 'wrong', 'x-other': 'mesh-key' };
    expect(check(request(headers, 'shop/keys,istio-system/other'))).toMatchObject({
      headers: { 'x-api-client': 'mesh' },
      headersToRemove: ['x-api-key', 'x-other'],
    });
  });

  it('has no keys in secrets of other types', () => {
    table.setSecret(secret({ 'tls.key': 'private' }, 'kubernetes.io/tls'));
    expect(check(request({ 'x-api-key': 'private' })).status).toBe(401);
  });

  it('answers 403 when no policy selects the workload', () => {
    expect(check(request({ 'x-api-key': 's3cret-m' }, '')).status).toBe(403);
  });

  it('refuses a workload that asks for another, or by a policy of another namespace', () => {
    const pay = formatWorkloadId({ trustDomain, namespace: 'bank', serviceAccount: 'pay' });
    expect(() => check(request({}, 'shop/keys', cart), pay)).toThrow(/may not ask for requests/);
    expect(() => check(request({}, 'shop/keys', ''), pay)).toThrow(/may not ask by a policy/);
    expect(() => check(request({}, 'shop/keys', ''), 'spiffe://other/ns/shop/sa/cart')).toThrow(/certificate/);
  });

  it('decides nothing before it knows the policies, so that the failure mode decides', () => {
    loaded = false;
    expect(() => check(request({ 'x-api-key': 's3cret-m' }))).toThrow(
      expect.objectContaining({ code: 'unavailable' }) as Error,
    );
  });

  it('counts outcomes', async () => {
    check(request({ 'x-api-key': 's3cret-m' }));
    check(request({}));
    const text = await metrics.metrics();
    expect(text).toContain('malla_api_key_checks_total{outcome="allowed"} 1');
    expect(text).toContain('malla_api_key_checks_total{outcome="no_key"} 1');
  });
});
