// Fields of a kind from its schema: JSON Schema walked into rows, with shared types left as names.
import { objectSchema } from '@malla/model';
import { z } from 'zod';

/** What JavaScript's whole numbers, and those of 32 bits, have anyway says nothing to a reader. */
const UNBOUNDED = new Set([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 31 - 1, -(2 ** 31), 2 ** 32 - 1]);

/**
 * @typedef {object} Field
 * @property {string} path lists as `[]`, maps as `{}`
 * @property {string} type words for people; the name of a shared type as it is
 * @property {string | undefined} shared name of the shared type that its own fields are told at
 * @property {boolean} required
 * @property {string} description
 * @property {unknown} fallback what the field has where it is left out; undefined for nothing
 */

const nameOf = ($ref) => $ref.slice($ref.lastIndexOf('/') + 1);

/** A reference with a description is written as the only part of an allOf. */
function lifted({ allOf, ...rest }) {
  return allOf?.length === 1 ? { ...allOf[0], ...rest } : rest;
}

function bounds({ minimum, maximum, minLength, maxLength, minItems }) {
  const least = UNBOUNDED.has(minimum) ? undefined : minimum;
  const most = UNBOUNDED.has(maximum) ? undefined : maximum;
  return [
    least !== undefined && most !== undefined ? `${least} to ${most}` : undefined,
    least !== undefined && most === undefined ? `at least ${least}` : undefined,
    minLength > 0 && maxLength === undefined ? 'not empty' : undefined,
    maxLength !== undefined ? `at most ${maxLength} characters` : undefined,
    minItems > 0 ? 'not empty' : undefined,
  ].filter(Boolean);
}

/** Words for a schema without fields of its own. */
function words(schema) {
  if (schema.$ref !== undefined) return nameOf(schema.$ref);
  if (schema.anyOf !== undefined) {
    const parts = schema.anyOf.map(words);
    return [...new Set(parts)].join(' or ');
  }
  if (schema.enum !== undefined) return schema.enum.join(', ');
  if (schema.type === 'array') {
    const [element] = words(lifted(schema.items ?? {})).split(', not empty');
    return [`list of ${element}`, ...bounds(schema)].join(', ');
  }
  if (schema.type === 'object' && schema.additionalProperties) {
    return `map of name to ${words(lifted(schema.additionalProperties))}`;
  }
  if (['ipv4', 'ipv6'].includes(schema.format)) return schema.format === 'ipv4' ? 'IPv4 address' : 'IPv6 address';
  if (schema.format === 'byte' || schema.contentEncoding === 'base64') return 'base64';
  const name = { string: 'text', integer: 'number', number: 'number', boolean: 'true or false', object: 'object' }[
    schema.type
  ];
  return [name ?? 'anything', ...bounds(schema)].join(', ');
}

/** Rows of a schema's fields, parents before children. @returns {Field[]} */
function walk(schema, path, required) {
  const node = lifted(schema);
  const rows =
    path === ''
      ? []
      : [
          {
            path,
            type: words(node),
            shared: node.$ref && nameOf(node.$ref),
            required,
            description: node.description ?? '',
            fallback: node.default,
          },
        ];
  const inside = innermost(node, path);
  if (inside.node.properties === undefined) {
    const shared = inside.node.$ref && nameOf(inside.node.$ref);
    return rows.map((row, i) => (i === 0 && shared ? { ...row, shared } : row));
  }
  const must = new Set(inside.node.required ?? []);
  const fields = Object.entries(inside.node.properties).flatMap(([name, field]) =>
    walk(field, inside.path === '' ? name : `${inside.path}.${name}`, must.has(name)),
  );
  return [...rows, ...fields];
}

/** Goes into lists and maps until something has fields. */
function innermost(node, path) {
  if (node.type === 'array' && node.items !== undefined) return innermost(lifted(node.items), `${path}[]`);
  if (node.type === 'object' && typeof node.additionalProperties === 'object') {
    return innermost(lifted(node.additionalProperties), `${path}{}`);
  }
  return { node, path };
}

const LEFT_OUT = new Set(['apiVersion', 'kind', 'metadata', 'status']);

/** Fields of a kind, and the shared types that it uses. @returns {{fields: Field[], shared: Record<string, object>}} */
export function fieldsOf(definition) {
  const json = z.toJSONSchema(objectSchema(definition), { target: 'openapi-3.0', io: 'input', unrepresentable: 'any' });
  const shared = json.definitions ?? json.$defs ?? {};
  const own = Object.fromEntries(Object.entries(json.properties).filter(([name]) => !LEFT_OUT.has(name)));
  return { fields: walk({ type: 'object', properties: own, required: json.required }, '', false), shared };
}

/** Fields of a shared type; none for a plain value such as a duration. @returns {Field[]} */
export const fieldsOfShared = (schema) => (schema.properties === undefined ? [] : walk(schema, '', false));

/** A shared type without fields, in words. */
export const describeShared = (schema) => schema.description ?? words(schema);
