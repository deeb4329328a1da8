import { describe, expect, it } from 'vitest';
import { auditedRequest, type AnsweredRequest } from './audit-request.ts';

const shop = '/apis/networking.istio.io/v1/namespaces/shop/virtualservices';
const request = (method: string, path: string, code = 200, watch = false): AnsweredRequest => ({
  method,
  path,
  code,
  watch,
  source: '127.0.0.1',
  caller: 'vera',
  message: undefined,
  changeId: 'c1',
});

describe('the audit trail of a request', () => {
  it.each([
    ['POST', shop, 'create', 'virtualservices.networking.istio.io', 'shop', ''],
    ['PUT', `${shop}/a`, 'update', 'virtualservices.networking.istio.io', 'shop', 'a'],
    ['PATCH', `${shop}/a/status`, 'patch', 'virtualservices.networking.istio.io/status', 'shop', 'a'],
    ['DELETE', `${shop}/a`, 'delete', 'virtualservices.networking.istio.io', 'shop', 'a'],
    ['DELETE', shop, 'deletecollection', 'virtualservices.networking.istio.io', 'shop', ''],
    ['POST', '/api/v1/namespaces/shop/serviceaccounts/robot/token', 'create', 'serviceaccounts/token', 'shop', 'robot'],
    ['GET', '/api/v1/namespaces/shop/secrets/key', 'get', 'secrets', 'shop', 'key'],
    ['GET', '/api/v1/secrets', 'list', 'secrets', '', ''],
  ])('%s %s is %s', (method, path, verb, resource, namespace, name) => {
    expect(auditedRequest(request(method, path))).toMatchObject({
      verb,
      resource,
      namespace,
      name,
      caller: 'vera',
      code: 200,
    });
  });

  it('names what a creation has made', () => {
    expect(auditedRequest({ ...request('POST', shop, 201), name: 'made' })).toMatchObject({
      verb: 'create',
      name: 'made',
    });
  });

  it('tells of reads only where they are refused, or of secrets', () => {
    expect(auditedRequest(request('GET', shop))).toBeUndefined();
    expect(auditedRequest(request('GET', shop, 403))).toMatchObject({ verb: 'list', code: 403 });
    expect(auditedRequest(request('GET', shop, 403, true))).toMatchObject({ verb: 'watch' });
    expect(auditedRequest(request('GET', '/%zz', 401))).toBeDefined();
  });
});
