// The kinds that Malla accepts, with every field.
import { kinds } from '@malla/model';
import { anchor, cell, code, page, table } from '../markdown.mjs';
import { describeShared, fieldsOf, fieldsOfShared } from '../schema-fields.mjs';

const INTRODUCTION = `Every kind and every field that Malla accepts; anything else is refused with the place and the reason, never ignored
(what Istio has beyond this: [unsupported.md](unsupported.md)). Lists are written as \`[]\`, maps as \`{}\`; a **bold** field is required where
its parent stands. Defaults stand in the meaning. \`kubectl explain\` shows the same.`;

const SOURCES = {
  Namespace: 'https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/',
  Service: 'https://kubernetes.io/docs/concepts/services-networking/service/',
  Secret: 'https://kubernetes.io/docs/concepts/configuration/secret/',
  VirtualService: 'https://istio.io/latest/docs/reference/config/networking/virtual-service/',
  DestinationRule: 'https://istio.io/latest/docs/reference/config/networking/destination-rule/',
  WorkloadEntry: 'https://istio.io/latest/docs/reference/config/networking/workload-entry/',
  PeerAuthentication: 'https://istio.io/latest/docs/reference/config/security/peer_authentication/',
  AuthorizationPolicy: 'https://istio.io/latest/docs/reference/config/security/authorization-policy/',
};

const HEAD = ['field', 'value', 'meaning'];

function rows(fields) {
  return fields.map(({ path, type, shared, required, description }) => [
    required ? `**${code(path)}**` : code(path),
    shared === undefined ? cell(type) : cell(type).replace(shared, `[${shared}](#${anchor(shared)})`),
    cell(description),
  ]);
}

function kindSection(definition, fields) {
  const { group, kind, versions, plural, shortNames, namespaced } = definition;
  const apiVersions = versions.map((version) => code(group === '' ? version : `${group}/${version}`)).join(', ');
  const names = [plural, kind.toLowerCase(), ...shortNames].map(code).join(', ');
  const facts = `${apiVersions}; names on the command line: ${names}; ${namespaced ? 'in a namespace' : 'cluster-scoped'}. [Upstream](${SOURCES[kind]}).`;
  return [`## ${kind}`, facts, fields.length === 0 ? 'It has no fields of its own.' : table(HEAD, rows(fields))].join(
    '\n\n',
  );
}

function sharedSection(name, schema) {
  const fields = fieldsOfShared(schema);
  const body = fields.length === 0 ? cell(describeShared(schema)) : table(HEAD, rows(fields));
  return [`### ${name}`, body].join('\n\n');
}

/** docs/reference/kinds.md */
export function kindsPage() {
  const described = kinds.map((definition) => ({ definition, ...fieldsOf(definition) }));
  const shared = Object.assign({}, ...described.map((each) => each.shared));
  const unsourced = kinds.filter(({ kind }) => SOURCES[kind] === undefined).map(({ kind }) => kind);
  if (unsourced.length > 0)
    throw new Error(`tools/reference/pages/kinds.mjs has no upstream page of ${unsourced.join(', ')}`);
  return page('Kinds and fields', INTRODUCTION, [
    ...described.map(({ definition, fields }) => kindSection(definition, fields)),
    '## Shared types',
    ...Object.keys(shared)
      .sort()
      .map((name) => sharedSection(name, shared[name])),
  ]);
}
