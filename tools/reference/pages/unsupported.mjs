// What Istio and Kubernetes have and Malla refuses, from the tables that the refusals are made with.
import { acceptedFields, kinds, unsupportedKinds, unsupportedParts } from '@malla/model';
import { cell, code, page, table } from '../markdown.mjs';

const INTRODUCTION = `Malla refuses what it does not do, with the place and a code: MAL0012 for a kind, MAL0022 for a field, MAL0023 for a value or a use
([problem-codes.md](problem-codes.md)). Nothing is accepted and ignored. Deliberate differences in what is accepted: [differences.md](differences.md).`;

/** Values that are refused by their form. */
const FORMS = { 'spec.address': 'host names, `unix://` sockets' };

/** The traffic policy stands at four places, with the same fields. */
const POLICY = /^spec\.subsets\[\]\.trafficPolicy|^spec\.trafficPolicy\.portLevelSettings\[\]/;

function kindRows(definition) {
  const { fields, values } = unsupportedParts(definition.kind);
  const accepted = new Set(acceptedFields(definition, { enumValues: false }).map(({ path }) => path));
  const fieldRows = Object.entries(fields)
    .filter(([path]) => !POLICY.test(path))
    .map(([path, names]) => [path, names.filter((name) => !accepted.has(path === '' ? name : `${path}.${name}`))])
    .filter(([, names]) => names.length > 0)
    .map(([path, names]) => [code(path === '' ? '(object)' : path), names.map(code).join(', '), '']);
  const valueRows = Object.entries(values)
    .filter(([path]) => !POLICY.test(path))
    .map(([path, forms]) => [
      code(path),
      '',
      forms.every((form) => typeof form === 'string') ? forms.map(code).join(', ') : FORMS[path],
    ]);
  return [...fieldRows, ...valueRows];
}

function kindSection(definition) {
  const rows = kindRows(definition);
  if (rows.length === 0) return undefined;
  const note =
    definition.kind === 'DestinationRule'
      ? '\n\nThe same holds in `portLevelSettings[]` and in `subsets[].trafficPolicy`.'
      : '';
  return `## ${definition.kind}\n\n${table(['at', 'fields', 'values'], rows)}${note}`;
}

/** Uses that are refused by a rule and not by a table; see the calls of `unsupported` in libs/validate. */
const USES = [
  [
    'VirtualService',
    'gateways other than `mesh`; a percent sign in a header value; matching on claims of a token (`@request.auth...`)',
  ],
  ['VirtualService, DestinationRule', '`exportTo: ["~"]`'],
  ['Service', 'ports without a declared protocol, and protocols other than http, http2, h2c, grpc and tcp'],
  [
    'AuthorizationPolicy',
    'path templates (`{*}`, `{**}`); conditions other than `request.headers[NAME]`, `source.principal`, `source.namespace`, `destination.port`',
  ],
];

/** docs/reference/unsupported.md */
export function unsupportedPage() {
  const kindTable = Object.entries(unsupportedKinds()).map(([group, names]) => [
    group === '' ? 'core' : code(group),
    names.map((name) => cell(name)).join(', '),
  ]);
  return page('Not supported', INTRODUCTION, [
    ['## Kinds', table(['API group', 'kinds'], kindTable)].join('\n\n'),
    ['## Uses', table(['kind', 'refused'], USES)].join('\n\n'),
    ...kinds.map(kindSection),
    'Of metadata, every kind refuses `generateName`, `ownerReferences`, `finalizers` and what only a Kubernetes API server sets.',
  ]);
}
