import { openApiSchemas, type KindDefinition, type Resource } from '@malla/model';
import fc from 'fast-check';
import { arbitraryOf, type JsonSchema } from './arbitrary-schema.ts';
import { repaired } from './repair.ts';

let schemas: ReturnType<typeof openApiSchemas> | undefined;

function schemaOf(definition: KindDefinition, version: string): JsonSchema {
  schemas ??= openApiSchemas();
  const found = schemas.find((kind) => kind.definition === definition && kind.version === version);
  if (found === undefined) throw new Error(`${definition.kind} has no version ${version}`);
  return found.schema;
}

const names = fc.constantFrom('a', 'reviews', 'a-b', 'v1.example');
const labels = fc.dictionary(
  fc.constantFrom('app', 'example.com/x', 'version'),
  fc.constantFrom('', 'a', 'v1', 'true'),
  {
    maxKeys: 2,
    noNullPrototype: true,
  },
);

/**
 * Objects of a kind that `checkObject` accepts, made from its schema: every field comes up, with rare values too. `version` defaults to the
 * stored one. Without a status, which clients do not write.
 */
export function arbitraryObject(
  definition: KindDefinition,
  version = definition.storageVersion,
): fc.Arbitrary<Resource> {
  const schema = schemaOf(definition, version);
  const fields = Object.entries(schema['properties'] as Record<string, JsonSchema>).filter(
    ([name]) => !['apiVersion', 'kind', 'metadata', 'status'].includes(name),
  );
  const payload: JsonSchema = {
    type: 'object',
    properties: Object.fromEntries(fields),
    required: ((schema['required'] ?? []) as string[]).filter((name) => fields.some(([field]) => field === name)),
  };
  const metadata = fc.record({ name: names, labels, annotations: labels }, { requiredKeys: ['name'] });
  const apiVersion = definition.group === '' ? version : `${definition.group}/${version}`;
  return fc
    .tuple(metadata, arbitraryOf(payload))
    .map(([meta, rest]) =>
      repaired({ apiVersion, kind: definition.kind, metadata: meta, ...(rest as object) } as unknown as Resource),
    )
    .filter((object) => object !== undefined);
}
