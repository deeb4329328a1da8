import { describe, it } from 'vitest';
import { expectRefused, expectWarned, type RuleRow } from '../../test/rule-table.ts';
import { validResource } from '../../test/valid-resource.ts';

const [deny, custom] = ['deny', 'custom'].map((name) => validResource('AuthorizationPolicy', name)) as [object, object];
const rule = 'spec.rules[0]';
const source = `${rule}.from[0].source`;
const operation = `${rule}.to[0].operation`;

describe('an AuthorizationPolicy', () => {
  it.each<RuleRow>([
    [{ 'spec.rules': [] }, 'spec.rules'],
    [{ 'spec.provider': { name: 'a' } }, 'spec.provider'],
    [{ 'spec.selector.matchLabels': { a: '*' } }, 'spec.selector.matchLabels.a'],
    [{ 'spec.targetRef': { kind: 'Service', name: 'a' } }, 'spec'],
    [{ [`${rule}.from`]: [] }, `${rule}.from`],
    [{ [`${rule}.to`]: [] }, `${rule}.to`],
    [{ [`${rule}.from[1]`]: {} }, `${rule}.from[1].source`],
    [{ [`${rule}.from[1].source`]: { principals: [] } }, `${rule}.from[1].source`],
    [{ [`${rule}.to[0]`]: {} }, operation],
    [{ [`${source}.principals`]: ['spiffe://a/b'] }, `${source}.principals[0]`],
    [{ [`${source}.principals`]: [''] }, `${source}.principals[0]`],
    [{ [`${source}.notPrincipals`]: ['a*b'] }, `${source}.notPrincipals[0]`],
    [{ [`${source}.requestPrincipals`]: ['**'] }, `${source}.requestPrincipals[0]`],
    [{ [`${source}.ipBlocks`]: ['10.0.0.0/33'] }, `${source}.ipBlocks[0]`],
    [{ [`${source}.remoteIpBlocks`]: ['x'] }, `${source}.remoteIpBlocks[0]`],
    [{ [`${source}.notIpBlocks`]: [''] }, `${source}.notIpBlocks[0]`],
    [{ [`${source}.trustDomains`]: ['a/b'] }, `${source}.trustDomains[0]`],
    [{ [`${source}.serviceAccounts`]: ['a'] }, `${source}.serviceAccounts`],
    [{ [`${rule}.from[1].source.serviceAccounts`]: ['a/b/c'] }, `${rule}.from[1].source.serviceAccounts[0]`],
    [{ [`${rule}.from[1].source.serviceAccounts`]: ['a/'] }, `${rule}.from[1].source.serviceAccounts[0]`],
    [{ [`${rule}.from[1].source.notServiceAccounts`]: ['a*'] }, `${rule}.from[1].source.notServiceAccounts[0]`],
    [{ [`${operation}.ports`]: ['x'] }, `${operation}.ports[0]`],
    [{ [`${operation}.notPorts`]: ['65536'] }, `${operation}.notPorts[0]`],
    [{ [`${operation}.hosts`]: ['a*b'] }, `${operation}.hosts[0]`],
    [{ [`${operation}.methods`]: [''] }, `${operation}.methods[0]`],
    [{ [`${operation}.paths`]: ['/a/{b}'] }, `${operation}.paths[0]`],
    [{ [`${operation}.paths`]: ['/{**}/{*}'] }, `${operation}.paths[0]`],
    [{ [`${operation}.paths`]: ['/a{*}'] }, `${operation}.paths[0]`],
    [{ [`${operation}.paths`]: ['/{*}/a*'] }, `${operation}.paths[0]`],
    [{ [`${operation}.notPaths`]: ['/{*}//a'] }, `${operation}.notPaths[0]`],
    [{ [`${rule}.when`]: [{ key: '', values: ['a'] }] }, `${rule}.when[0].key`],
    [{ [`${rule}.when`]: [{ key: 'source.ip' }] }, `${rule}.when[0]`],
    [{ [`${rule}.when`]: [{ key: 'source.ip', values: ['x'] }] }, `${rule}.when[0].values[0]`],
    [{ [`${rule}.when`]: [{ key: 'destination.port', notValues: ['x'] }] }, `${rule}.when[0].notValues[0]`],
    [{ [`${rule}.when`]: [{ key: 'source.prinipal', values: ['a'] }] }, `${rule}.when[0].key`],
    [{ [`${rule}.when`]: [{ key: 'destination.labels[a]', values: ['a'] }] }, `${rule}.when[0].key`],
    [{ [`${rule}.when`]: [{ key: 'request.headers', values: ['a'] }] }, `${rule}.when[0].key`],
    [{ [`${rule}.when`]: [{ key: 'request.headers[]', values: ['a'] }] }, `${rule}.when[0].key`],
    [{ [`${rule}.when`]: [{ key: 'request.headers[a b]', values: ['a'] }] }, `${rule}.when[0].key`],
    [{ [`${rule}.when`]: [{ key: 'request.auth.claims[a', values: ['a'] }] }, `${rule}.when[0].key`],
    [{ [`${rule}.when`]: [{ key: 'request.auth.claims[a]', values: [''] }] }, `${rule}.when[0].values[0]`],
    [{ 'metadata.annotations': { 'istio.io/dry-run': 'yes' } }, 'metadata.annotations["istio.io/dry-run"]'],
    [{ 'spec.action': 'AUDIT' }, 'metadata.annotations["istio.io/dry-run"]'],
    [
      { 'metadata.annotations': { 'internal.istio.io/parents': 'a' } },
      'metadata.annotations["internal.istio.io/parents"]',
    ],
  ])('refuses %j', (...row) => expectRefused(deny, row));

  it.each<RuleRow>([
    [{ 'spec.rules': undefined }, 'spec.rules'],
    [{ 'spec.provider': undefined }, 'spec.provider.name'],
    [{ 'spec.targetRefs[0].kind': 'HTTPRoute' }, 'spec.targetRefs[0].kind'],
    [{ 'spec.targetRefs[1].group': 'apps' }, 'spec.targetRefs[1].kind'],
    [{ 'spec.targetRefs[0].name': '' }, 'spec.targetRefs[0].name'],
    [{ 'spec.targetRefs[0].namespace': 'a' }, 'spec.targetRefs[0].namespace'],
    [{ [`${source}.principals`]: ['a'] }, `${source}.principals`],
    [{ [`${source}.notTrustDomains`]: ['a'] }, `${source}.notTrustDomains`],
    [{ [`${rule}.when[0].key`]: 'source.namespace' }, `${rule}.when[0].key`],
    [{ [`${rule}.when[0].key`]: 'request.auth.claims[a]' }, `${rule}.when[0].key`],
  ])('of CUSTOM refuses %j', (...row) => expectRefused(custom, row));

  it.each<RuleRow>([
    [{ [`${operation}.methods`]: ['get'] }, `${operation}.methods[0]`],
    [{ [`${operation}.methods`]: ['a b'] }, `${operation}.methods[0]`],
    [{ [`${operation}.paths`]: ['a'] }, `${operation}.paths[0]`],
    [{ [`${operation}.paths`]: ['/a?b'] }, `${operation}.paths[0]`],
    [{ 'spec.selector': {} }, 'spec.selector'],
    [{ [operation]: { paths: ['/a'] } }, rule],
    [{ 'spec.rules[0]': { from: [{ source: { requestPrincipals: ['*'] } }] } }, rule],
  ])('warns of %j', (...row) => expectWarned(deny, row));
});

describe('a RequestAuthentication', () => {
  const tokens = validResource('RequestAuthentication', 'tokens');
  const [remote, own] = ['spec.jwtRules[0]', 'spec.jwtRules[1]'];
  it.each<RuleRow>([
    [{ 'spec.selector': { matchLabels: { a: 'b' } } }, 'spec'],
    [{ 'spec.targetRef.kind': 'Pod' }, 'spec.targetRef.kind'],
    [{ [`${remote}.issuer`]: undefined, [`${remote}.jwksUri`]: undefined }, remote as string],
    [{ [`${remote}.audiences`]: [''] }, `${remote}.audiences[0]`],
    [{ [`${remote}.jwksUri`]: 'ftp://a/b' }, `${remote}.jwksUri`],
    [{ [`${remote}.jwksUri`]: 'a.com' }, `${remote}.jwksUri`],
    [{ [`${remote}.jwksUri`]: 'https://' }, `${remote}.jwksUri`],
    [{ [`${remote}.jwksUri`]: 'https://a b' }, `${remote}.jwksUri`],
    [{ [`${remote}.fromHeaders[0].name`]: '' }, `${remote}.fromHeaders[0].name`],
    [{ [`${remote}.fromParams`]: [''] }, `${remote}.fromParams[0]`],
    [{ [`${remote}.fromCookies`]: ['a=b'] }, `${remote}.fromCookies[0]`],
    [{ [`${remote}.outputClaimToHeaders[0].header`]: ':path' }, `${remote}.outputClaimToHeaders[0].header`],
    [{ [`${remote}.outputClaimToHeaders[0].claim`]: '' }, `${remote}.outputClaimToHeaders[0].claim`],
    [{ [`${remote}.outputPayloadToHeader`]: 'a b' }, `${remote}.outputPayloadToHeader`],
    [{ [`${remote}.timeout`]: '0s' }, `${remote}.timeout`],
    [{ [`${own}.jwks`]: 'x' }, `${own}.jwks`],
    [{ [`${own}.jwks`]: '[]' }, `${own}.jwks`],
    [{ [`${own}.jwks`]: '{"keys":1}' }, `${own}.jwks`],
    [{ [`${own}.jwks`]: '{"keys":[{}]}' }, `${own}.jwks`],
    [{ [`${own}.jwks`]: '{"keys":[{"kty":"X"}]}' }, `${own}.jwks`],
    [{ [`${own}.jwks`]: '{"keys":[{"kty":"RSA","n":"AAEC"}]}' }, `${own}.jwks`],
  ])('refuses %j', (...row) => expectRefused(tokens, row));

  it.each<RuleRow>([
    [{ [`${own}.jwks`]: '{"keys":[{"kty":"RSA","n":"AAEC","e":"AQAB","d":"AAEC"}]}' }, `${own}.jwks`],
    [{ [`${own}.jwks`]: '{"kty":"oct","k":"AAEC"}' }, `${own}.jwks`],
  ])('warns of %j', (...row) => expectWarned(tokens, row));
});

describe('a PeerAuthentication', () => {
  const strict = validResource('PeerAuthentication', 'strict');
  it.each<RuleRow>([
    [{ 'spec.selector': undefined }, 'spec.portLevelMtls'],
    [{ 'spec.portLevelMtls': {} }, 'spec.portLevelMtls'],
    [{ 'spec.portLevelMtls': { 0: {} } }, 'spec.portLevelMtls["0"]'],
    [{ 'spec.portLevelMtls': { 70000: {} } }, 'spec.portLevelMtls["70000"]'],
    [{ 'spec.portLevelMtls': { '080': {} } }, 'spec.portLevelMtls["080"]'],
    [{ 'spec.selector.matchLabels': { 'a*': 'b' } }, 'spec.selector.matchLabels["a*"]'],
    [{ 'metadata.annotations': { 'istio.io/dry-run': 'true' } }, 'metadata.annotations["istio.io/dry-run"]'],
  ])('refuses %j', (...row) => expectRefused(strict, row));

  it.each<RuleRow>([[{ 'spec.selector': {}, 'spec.portLevelMtls': undefined }, 'spec.selector']])(
    'warns of %j',
    (...row) => expectWarned(strict, row),
  );
});
