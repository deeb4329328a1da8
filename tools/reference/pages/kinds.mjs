// The kinds that Malla accepts, with every field.
import { kinds } from '@malla/model';
import { anchor, cell, code, page, table } from '../markdown.mjs';
import { describeShared, fieldsOf, fieldsOfShared } from '../schema-fields.mjs';

const INTRODUCTION = `Every kind and every field that Malla accepts; anything else is refused with the place and the reason, never ignored
(what Istio has beyond this: [unsupported.md](unsupported.md)). Lists are written as \`[]\`, maps as \`{}\`; a **bold** field is required where
its parent stands. Defaults stand in the meaning. \`kubectl explain\` shows the same.`;

const HEAD = ['field', 'value', 'meaning'];

function rows(fields) {
  return fields.map(({ path, type, shared, required, description }) => [
    required ? `**${code(path)}**` : code(path),
    shared === undefined ? cell(type) : cell(type).replace(shared, `[${shared}](#${anchor(shared)})`),
    cell(description),
  ]);
}

function kindSection(definition, fields) {
  const { group, kind, versions, plural, shortNames, namespaced, source } = definition;
  const apiVersions = versions.map((version) => code(group === '' ? version : `${group}/${version}`)).join(', ');
  const names = [plural, kind.toLowerCase(), ...shortNames].map(code).join(', ');
  const facts = `${apiVersions}; names on the command line: ${names}; ${namespaced ? 'in a namespace' : 'cluster-scoped'}. [Upstream](${source}).`;
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
  return page('Kinds and fields', INTRODUCTION, [
    ...described.map(({ definition, fields }) => kindSection(definition, fields)),
    '## Shared types',
    ...Object.keys(shared)
      .sort()
      .map((name) => sharedSection(name, shared[name])),
  ]);
}
