import { describe, it } from 'vitest';
import { expectRefused, expectWarned, type RuleRow } from '../../test/rule-table.ts';
import { validResource } from '../../test/valid-resource.ts';

const mesh = validResource('VirtualService', 'mesh');

describe('rules for TLS and TCP', () => {
  const [tls, tcp] = ['spec.tls[0]', 'spec.tcp[0]'];
  it.each<RuleRow>([
    [{ [`${tls}.match`]: [] }, `${tls}.match`],
    [{ [`${tls}.match[0].sniHosts`]: [] }, `${tls}.match[0].sniHosts`],
    [{ [`${tls}.match[0].sniHosts`]: ['a.other.com'] }, `${tls}.match[0].sniHosts[0]`],
    [{ [`${tls}.match[0].sniHosts`]: ['a.*'] }, `${tls}.match[0].sniHosts[0]`],
    [{ [`${tls}.match[0].destinationSubnets`]: ['10.0.0.0/33'] }, `${tls}.match[0].destinationSubnets[0]`],
    [{ [`${tls}.match[0].port`]: 70000 }, `${tls}.match[0].port`],
    [{ [`${tls}.match[0].sourceLabels`]: { '': 'a' } }, `${tls}.match[0].sourceLabels[""]`],
    [{ [`${tls}.match[0].gateways`]: ['a b'] }, `${tls}.match[0].gateways[0]`],
    [{ [`${tls}.route`]: undefined }, `${tls}.route`],
    [{ [`${tls}.route[0].weight`]: 0, [`${tls}.route[1].weight`]: 0 }, `${tls}.route`],
    [{ [`${tcp}.match[0].destinationSubnets`]: ['x'] }, `${tcp}.match[0].destinationSubnets[0]`],
    [{ [`${tcp}.match[0].sourceSubnet`]: 'x' }, `${tcp}.match[0].sourceSubnet`],
    [{ [`${tcp}.match[0].sourceNamespace`]: 'a b' }, `${tcp}.match[0].sourceNamespace`],
    [{ [`${tcp}.route`]: [] }, `${tcp}.route`],
    [{ [`${tcp}.route[0].destination.host`]: '*' }, `${tcp}.route[0].destination.host`],
  ])('refuse %j', (...row) => expectRefused(mesh, row));

  it.each<RuleRow>([[{ [`${tls}.match[0].sniHosts`]: ['10.0.0.1'] }, `${tls}.match[0].sniHosts[0]`]])(
    'warn of %j',
    (...row) => expectWarned(mesh, row),
  );
});

describe('reach', () => {
  const to = [{ destination: { host: 'a' } }];
  const prefix = (text: string) => ({ uri: { prefix: text } });
  const unreachable = 'IST0130';
  const ineffective = 'IST0131';

  it.each<readonly [edits: object, path: string, code: string]>([
    [{ 'spec.http': [{ route: to }, { route: to }] }, 'spec.http[1]', unreachable],
    [{ 'spec.http': [{ route: to }, { match: [prefix('/a')], route: to }] }, 'spec.http[1]', unreachable],
    [
      {
        'spec.http': [
          { match: [prefix('/a')], route: to },
          { match: [prefix('/a')], route: to },
        ],
      },
      'spec.http[1]',
      unreachable,
    ],
    [
      {
        'spec.http': [
          { match: [prefix('/a')], route: to },
          { match: [prefix('/ab'), prefix('/c')], route: to },
        ],
      },
      'spec.http[1].match[0]',
      ineffective,
    ],
    [{ 'spec.http': [{ match: [prefix('/a'), prefix('/ab')], route: to }] }, 'spec.http[0].match[1]', ineffective],
    [
      {
        'spec.tls': ['*.example.com', 'a.example.com'].map((sni) => ({ match: [{ sniHosts: [sni] }], route: to })),
      },
      'spec.tls[1].match[0]',
      ineffective,
    ],
    [{ 'spec.tcp': [{ route: to }, { match: [{ port: 1 }], route: to }] }, 'spec.tcp[1]', unreachable],
  ])('warns of %j', (edits, path, code) => expectWarned(mesh, [edits as RuleRow[0], path], code));
});
