// Which fields are checked beyond their type: by limits of the schema, by rules in CEL, and by the rules of @malla/validate. The last are found
// by watching what they read of objects that have every field.
import { validate } from '@malla/validate';
import { eachSchema } from './each-schema.mjs';

const LIMITS = [
  ...['enum', 'pattern', 'format', 'minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems'],
  ...['minProperties', 'maxProperties', 'oneOf', 'allOf', 'x-kubernetes-validations', 'x-kubernetes-list-map-keys'],
];

/** What texts are filled with: rules look further into some of them than into others. */
const FILLINGS = ['a.example.com', '*', '10s', '/a', '8080', 'request.headers[a]', '10.0.0.0/8', ''];

/** Paths of the fields that something is said of. @returns {Set<string>} */
export function validatedFields(definition, schema) {
  const found = new Set(readFields(definition, schema));
  for (const { path, name, node, parent } of eachSchema(schema)) {
    if (LIMITS.some((limit) => says(node, limit)) || isNamed(parent, name)) found.add(path);
  }
  return found;
}

/** The bounds that a number has anyway are none. */
function says(node, limit) {
  if (node[limit] === undefined || (limit === 'format' && /^u?int(32|64)$/.test(node.format))) return false;
  if (limit !== 'minimum' && limit !== 'maximum') return true;
  return ![Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 31 - 1, -(2 ** 31), 2 ** 32 - 1].includes(
    node[limit],
  );
}

/** A rule of the parent, or an alternative that it has, names the field. */
function isNamed(parent, name) {
  const rules = (parent['x-kubernetes-validations'] ?? []).map(({ rule }) => rule).join(' ');
  if (new RegExp(`\\.${name}\\b`).test(rules)) return true;
  return [parent.oneOf, parent.allOf, parent.anyOf].some((part) => JSON.stringify(part ?? '').includes(`"${name}"`));
}

function readFields(definition, schema) {
  const read = new Set();
  const apiVersion =
    definition.group === '' ? definition.storageVersion : `${definition.group}/${definition.storageVersion}`;
  for (const filling of FILLINGS) {
    const metadata = { name: 'a', namespace: 'a', labels: {}, annotations: {} };
    const fields = Object.entries(schema.properties)
      .filter(([name]) => !['apiVersion', 'kind', 'metadata', 'status'].includes(name))
      .map(([name, node]) => [name, filled(node, filling)]);
    const object = { apiVersion, kind: definition.kind, metadata, ...Object.fromEntries(fields) };
    try {
      validate(watched(object, '', read));
    } catch {
      // Not every filling is of the right form everywhere; what was read up to there counts.
    }
  }
  return read;
}

/** A value with every field of its schema, one element in each list and map. */
function filled(node, filling) {
  if (node.enum !== undefined) return node.enum.at(-1);
  if (node['x-kubernetes-int-or-string'] === true) return 80;
  if (node.properties !== undefined) {
    return Object.fromEntries(Object.entries(node.properties).map(([name, child]) => [name, filled(child, filling)]));
  }
  switch (node.type) {
    case 'array':
      return [filled(node.items ?? {}, filling)];
    case 'object':
      return { 'x-a': filled(typeof node.additionalProperties === 'object' ? node.additionalProperties : {}, filling) };
    case 'integer':
    case 'number':
      return Math.max(1, node.minimum ?? 1);
    case 'boolean':
      return true;
    default:
      return filling;
  }
}

/** The same value, which notes the patterns of the paths that are read. */
function watched(value, path, read) {
  if (value === null || typeof value !== 'object') return value;
  return new Proxy(value, {
    get(target, key, receiver) {
      const child = Reflect.get(target, key, receiver);
      if (typeof key !== 'string' || !Object.hasOwn(target, key)) return child;
      if (Array.isArray(target)) return key === 'length' ? child : watched(child, `${path}[]`, read);
      const at = key === 'x-a' ? `${path}{}` : path === '' ? key : `${path}.${key}`;
      read.add(at);
      return watched(child, at, read);
    },
  });
}
