import { describe, it } from 'vitest';
import { expectRefused, expectWarned, type RuleRow } from '../../test/rule-table.ts';
import { validResource } from '../../test/valid-resource.ts';

const mesh = validResource('VirtualService', 'mesh');
const edge = validResource('VirtualService', 'edge');
const passthrough = validResource('VirtualService', 'passthrough');
const delegate = validResource('VirtualService', 'delegate');
const label = 'a'.repeat(64);

describe('a VirtualService', () => {
  it.each<RuleRow>([
    [{ 'spec.hosts[0]': '*' }, 'spec.hosts[0]'],
    [{ 'spec.hosts[0]': 'a.*' }, 'spec.hosts[0]'],
    [{ 'spec.hosts[0]': 'a b' }, 'spec.hosts[0]'],
    [{ 'spec.hosts[0]': '' }, 'spec.hosts[0]'],
    [{ 'spec.hosts[0]': 'a..b' }, 'spec.hosts[0]'],
    [{ 'spec.hosts[0]': 'a_b.c' }, 'spec.hosts[0]'],
    [{ 'spec.hosts[0]': 'a.b.1' }, 'spec.hosts[0]'],
    [{ 'spec.hosts[0]': `${label}.com` }, 'spec.hosts[0]'],
    [{ 'spec.hosts[0]': `a.${'b.'.repeat(130)}c` }, 'spec.hosts[0]'],
    [{ 'spec.hosts[0]': 'outbound_.80_._.a.b' }, 'spec.hosts[0]'],
    [{ 'spec.hosts[2]': 'x.example.com' }, 'spec.hosts[2]'],
    [{ 'spec.hosts[2]': 'reviews' }, 'spec.hosts[2]'],
    [{ 'spec.hosts[2]': '*.com' }, 'spec.hosts[2]'],
    [{ 'spec.gateways[1]': 'a/b/c' }, 'spec.gateways[1]'],
    [{ 'spec.gateways[1]': '/b' }, 'spec.gateways[1]'],
    [{ 'spec.gateways[1]': 'a b' }, 'spec.gateways[1]'],
    [{ 'spec.exportTo': ['*', 'a'] }, 'spec.exportTo'],
    [{ 'spec.exportTo': ['~'] }, 'spec.exportTo[0]'],
    [{ 'spec.exportTo': ['A b'] }, 'spec.exportTo[0]'],
    [{ 'spec.exportTo': ['.', 'shop'] }, 'spec.exportTo[1]'],
    [{ 'spec.exportTo': ['a', 'a'] }, 'spec.exportTo[1]'],
    [{ spec: undefined }, 'spec'],
    [{ 'spec.http': undefined, 'spec.tls': undefined, 'spec.tcp': [] }, 'spec'],
  ])('refuses %j', (...row) => expectRefused(mesh, row));

  it.each<RuleRow>([
    [{ 'spec.hosts': ['*', 'a.com'] }, 'spec.hosts[1]'],
    [{ 'spec.gateways': ['mesh'] }, 'spec.http[0].match[0].headers["@request.auth.claims.sub"]'],
  ])('refuses for gateways alone %j', (...row) => expectRefused(edge, row));

  it.each<RuleRow>([
    [{ 'spec.hosts': ['outbound_.80_.a'] }, 'spec.hosts[0]'],
    [{ 'spec.tls[0].match[0].sniHosts': ['outbound_.x_._.a.b.c'] }, 'spec.tls[0].match[0].sniHosts[0]'],
  ])('refuses for SNI at gateways %j', (...row) => expectRefused(passthrough, row));

  it.each<RuleRow>([
    [{ 'spec.gateways': ['a'] }, 'spec.gateways'],
    [{ 'spec.tcp': [{ route: [{ destination: { host: 'a' } }] }] }, 'spec.tcp'],
    [{ 'spec.tls': [{ match: [], route: [] }] }, 'spec.tls'],
    [{ 'spec.http[0]': { delegate: { name: 'x' } } }, 'spec.http[0].delegate'],
  ])('without hosts refuses %j', (...row) => expectRefused(delegate, row));

  it.each<RuleRow>([[{ 'spec.gateways[1]': 'front.istio-system.svc.cluster.local' }, 'spec.gateways[1]']])(
    'warns of %j',
    (...row) => expectWarned(mesh, row),
  );
});
