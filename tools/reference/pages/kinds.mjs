// The kinds that Malla accepts: an index, and one page for each kind with every field and every rule.
import { kinds, openApiSchemas } from '@malla/model';
import { anchor, cell, code, page, table } from '../markdown.mjs';
import { describeShared, fieldsOf, fieldsOfShared } from '../schema-fields.mjs';
import { eachSchema } from '../support/each-schema.mjs';

const INTRODUCTION = `Every kind that Malla accepts, each with a page of its fields; anything else is refused with the place and the reason. Which fields the mesh
acts on: [support.md](support.md). A cluster gets the same from \`kubectl apply --server-side -k k8s/crds\`.`;

const HOW_TO_READ = `Lists are written as \`[]\`, maps as \`{}\`; a **bold** field is required where its parent stands. \`kubectl explain\` shows the same.`;

const HEAD = ['field', 'value', 'meaning'];

/** Of groups of Kubernetes itself the core group has no name. */
const groupName = ({ group }) => (group === '' ? 'core' : group);

/** Path of a kind's page below docs/reference. */
export const kindPagePath = (definition) => `kinds/${groupName(definition)}/${definition.kind.toLowerCase()}.md`;

function rows(fields) {
  return fields.map(({ path, type, shared, required, description, fallback }) => [
    required ? `**${code(path)}**` : code(path),
    shared === undefined ? cell(type) : cell(type).replace(shared, `[${shared}](#${anchor(shared)})`),
    [cell(description), fallback === undefined ? '' : `Default ${code(JSON.stringify(fallback))}.`].join(' ').trim(),
  ]);
}

function facts({ group, kind, versions, storageVersion, plural, shortNames, categories, namespaced, source }) {
  const served = versions.map((version) => code(group === '' ? version : `${group}/${version}`)).join(', ');
  const names = [plural, kind.toLowerCase(), ...shortNames].map(code).join(', ');
  const groups = categories.length === 0 ? '' : `, and with others as ${categories.map(code).join(', ')}`;
  return [
    `- Versions: ${served}; a cluster stores ${code(storageVersion)}`,
    `- Names on the command line: ${names}${groups}`,
    `- ${namespaced ? 'In a namespace' : 'Cluster-scoped'}`,
    source.startsWith('../') ? `- [Guide](${source})` : `- [Upstream](${source})`,
  ].join('\n');
}

function sharedSection(name, schema) {
  const fields = fieldsOfShared(schema);
  const body = fields.length === 0 ? cell(describeShared(schema)) : table(HEAD, rows(fields));
  return [`### ${name}`, body].join('\n\n');
}

function sharedSections(shared) {
  const names = Object.keys(shared).sort();
  if (names.length === 0) return [];
  return ['## Types of several fields', ...names.map((name) => sharedSection(name, shared[name]))];
}

/** Rules in CEL, in words; one that stands at several places is told once. */
function rulesSection(definition) {
  const schema = openApiSchemas().find((each) => each.definition === definition)?.schema;
  const places = new Map();
  for (const { path, node } of eachSchema(schema)) {
    for (const { message, rule } of node['x-kubernetes-validations'] ?? []) {
      const known = places.get(`${message}\n${rule}`) ?? { message, rule, paths: [] };
      known.paths.push(path);
      places.set(`${message}\n${rule}`, known);
    }
  }
  if (places.size === 0) return undefined;
  const found = [...places.values()].map(({ message, paths }) => [
    code(paths[0]) + (paths.length > 1 ? ` and ${paths.length - 1} more` : ''),
    cell(message),
  ]);
  return ['## Rules', table(['at', 'rule'], found)].join('\n\n');
}

function columnsSection({ columns }) {
  if (columns.length === 0) return undefined;
  const found = columns.map(({ name, jsonPath, priority = 0, description = '' }) => [
    cell(name),
    code(jsonPath),
    cell(description) + (priority > 0 ? ' Only with `-o wide`.' : ''),
  ]);
  return ['## Columns of `kubectl get`', table(['column', 'from', 'meaning'], found)].join('\n\n');
}

function kindPage(definition) {
  const { fields, shared } = fieldsOf(definition);
  const body = fields.length === 0 ? 'It has no fields of its own.' : table(HEAD, rows(fields));
  return page(definition.kind, `${facts(definition)}\n\n${HOW_TO_READ}`, [
    `## Fields\n\n${body}`,
    ...sharedSections(shared),
    rulesSection(definition),
    columnsSection(definition),
  ]);
}

function indexRow(definition) {
  const { kind, versions, shortNames, plural, namespaced } = definition;
  return [
    `[${kind}](${kindPagePath(definition)})`,
    versions.map(code).join(', '),
    [plural, ...shortNames].map(code).join(', '),
    namespaced ? '' : 'cluster-scoped',
  ];
}

/** docs/reference/kinds.md, and the pages below docs/reference/kinds. @returns {Record<string, string>} */
export function kindPages() {
  const groups = [...new Set(kinds.map(groupName))];
  const sections = groups.map((group) =>
    [
      `## ${group}`,
      table(['kind', 'versions', 'names', ''], kinds.filter((kind) => groupName(kind) === group).map(indexRow)),
    ].join('\n\n'),
  );
  return {
    'kinds.md': page('Kinds', INTRODUCTION, sections),
    ...Object.fromEntries(kinds.map((definition) => [kindPagePath(definition), kindPage(definition)])),
  };
}
