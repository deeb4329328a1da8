// The schemas inside a schema of OpenAPI, each with its place.

/** Metadata is the same for every kind; the status is written by the mesh. */
const LEFT_OUT = new Set(['apiVersion', 'kind', 'metadata', 'status']);

/**
 * Every schema below that of a whole object, with the pattern of its path as `acceptedFields` of @malla/model has it. No references.
 * @returns {Generator<{path: string, name: string, node: object, parent: object}>}
 */
export function* eachSchema(root) {
  for (const [name, node] of Object.entries(root?.properties ?? {})) {
    if (!LEFT_OUT.has(name)) yield* below({ path: name, name, node, parent: root });
  }
}

function* below(place) {
  yield place;
  const { path, node } = place;
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    yield* below({ path: `${path}.${name}`, name, node: child, parent: node });
  }
  if (node.items !== undefined) yield* below({ path: `${path}[]`, name: '[]', node: node.items, parent: node });
  const values = node.additionalProperties;
  if (typeof values === 'object') yield* below({ path: `${path}{}`, name: '{}', node: values, parent: node });
}
