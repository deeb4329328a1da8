// What is done with each field of each kind: typed, validated, analysed, enforced.
import { allAnalyzers } from '@malla/analyze';
import { enforcedFields, enforcementOf } from '@malla/enforcement';
import { acceptedFields, kinds, openApiSchemas } from '@malla/model';
import { cell, code, page, table } from '../markdown.mjs';
import { validatedFields } from '../support/validated-fields.mjs';
import { kindPagePath } from './kinds.mjs';

const INTRODUCTION = `Every kind and every field that Malla accepts, and what is done with it.

- **typed**: known with its type; an unknown field beside it is refused. All fields below are.
- **validated**: more is checked than the type: limits, a rule in CEL, or a rule of \`@malla/validate\` that reads it. Fields without a mark may
  hold any value of their type.
- **analysed**: \`mallactl analyze\` asks questions about objects of the kind, with these codes.
- **enforced**: the mesh acts on it. A field that is valid and not yet enforced is stored, gives the warning MAL0025 on write, and stands in the
  object's status; it never gives access that it would not give when enforced.

Made from the schemas, the rules and the translation themselves. Lists are written as \`[]\`, maps as \`{}\`; traffic policies and the like, which stand
at several places, are told at each.`;

const ENFORCEMENT = {
  enforced: 'yes, as told by field',
  not_yet: 'not yet',
  kept: 'kept for analysis, injection and access; the mesh has nothing to enforce',
};

const keyOf = ({ group, kind }) => `${group}/${kind}`;

function factsOf(definition) {
  const schema = openApiSchemas().find(
    (each) => each.definition === definition && each.version === definition.storageVersion,
  );
  const validated = validatedFields(definition, schema.schema);
  const enforced = new Set(enforcedFields(definition));
  const fields = acceptedFields(definition, { enumValues: false }).map(({ path }) => ({
    path,
    validated: validated.has(path),
    enforced: enforced.has(path),
  }));
  const ref = keyOf(definition);
  const codes = allAnalyzers.filter(({ inputs }) => inputs.includes(ref)).flatMap((analyzer) => analyzer.codes);
  return { definition, fields, codes: [...new Set(codes)].sort(), enforcement: enforcementOf(definition) };
}

/** Part of a whole, in words. */
function share(fields, name) {
  const count = fields.filter((field) => field[name]).length;
  return `${count} of ${fields.length}`;
}

function summaryRow({ definition, fields, codes, enforcement }) {
  const group = definition.group === '' ? 'core' : definition.group;
  return [
    `[${definition.kind}](${kindPagePath(definition)})`,
    cell(group),
    String(fields.length),
    share(fields, 'validated'),
    codes.length === 0 ? '' : `${codes.length} codes`,
    enforcement === 'enforced' ? share(fields, 'enforced') : enforcement === 'kept' ? 'kept' : 'not yet',
  ];
}

/** One line for each object: its fields, those of lists and maps with their sign. Objects in it have lines of their own. */
function fieldLines(fields, rest) {
  const byParent = new Map();
  // The elements of a list are told with it.
  for (const field of fields.filter(({ path }) => !/(\[\]|\{\})$/.test(path))) {
    const at = field.path.lastIndexOf('.');
    const parent = field.path.slice(0, Math.max(0, at));
    byParent.set(parent, [...(byParent.get(parent) ?? []), { ...field, name: field.path.slice(at + 1) }]);
  }
  const names = (title, list) =>
    list.length === 0
      ? []
      : [`${title} ${list.map(({ name, validated }) => `${code(name)}${validated ? '' : '°'}`).join(', ')}`];
  const line = ([parent, list]) => {
    const enforced = names(
      'enforced',
      list.filter((field) => field.enforced),
    );
    const others = names(
      rest,
      list.filter((field) => !field.enforced),
    );
    return `- ${parent === '' ? 'the object' : code(parent)}: ${[...enforced, ...others].join('; ')}`;
  };
  return [...byParent].map(line).join('\n');
}

/** A pod's fields are told once: of kinds with a template those beside it. */
function isOfTemplate({ path }) {
  return /^spec(\.jobTemplate\.spec)?\.template\./.test(path);
}

function kindSection({ definition, fields, codes, enforcement }) {
  const own = fields.filter((field) => !isOfTemplate(field));
  const lines = [
    `Enforced: ${ENFORCEMENT[enforcement]}.`,
    codes.length === 0 ? 'Analysed: no question about it.' : `Analysed: ${codes.join(', ')}.`,
    own.length < fields.length ? `The ${fields.length - own.length} fields of its template are those of Pod.` : '',
  ];
  const group = definition.group === '' ? 'core' : definition.group;
  const body =
    own.length === 0 ? 'It has no fields of its own.' : fieldLines(own, enforcement === 'kept' ? 'kept' : 'not yet');
  return [`### ${definition.kind} (${group})`, lines.join(' ').trim(), body].join('\n\n');
}

/** docs/reference/support.md */
export function supportPage() {
  const all = kinds.map(factsOf);
  return page('Support', INTRODUCTION, [
    [
      '## Kinds',
      table(['kind', 'group', 'fields typed', 'validated', 'analysed', 'enforced'], all.map(summaryRow)),
    ].join('\n\n'),
    '## Fields\n\nA field with ° is checked by its type alone.',
    ...all.map(kindSection),
  ]);
}
