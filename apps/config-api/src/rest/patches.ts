import jsonPatch, { type Operation } from 'fast-json-patch';
import { errorAt, MallaError, openApiSchemas, problemCodes, type KindDefinition, type Resource } from '@malla/model';
import { badRequest, httpError } from './api-status.ts';
import { mediaType, parseJson } from './content.ts';
import { isObject, mergePatch } from './merge-patch.ts';
import { isBuiltIn, patchTypesOf } from './patch-types.ts';
import { strategicMerge, type PatchSchema } from './strategic-merge.ts';

/** As many operations as Kubernetes takes in one JSON patch. */
const mostOperations = 10_000;

/** Bytes that the copies of one JSON patch may make, as in Kubernetes: each copy may double what the next one copies. */
const mostCopiedBytes = 3 * 1_024 * 1_024;

/** Server-side apply has its own way. */
export const applyPatchTypes: readonly string[] = ['application/apply-patch+yaml'];

/** The change that a patch of some media type stands for. Throws 415 for types that this kind does not take. */
export function readPatch(
  definition: KindDefinition,
  contentType: string,
  body: Uint8Array | undefined,
): (current: Resource) => unknown {
  const type = mediaType(contentType);
  if (type === 'application/merge-patch+json') {
    const patch = objectPatch(body);
    return (current) => withinDepth(() => mergePatch(current, patch));
  }
  if (type === 'application/json-patch+json') return jsonPatchOf(parseJson(body));
  if (type === 'application/strategic-merge-patch+json' && isBuiltIn(definition)) {
    const patch = objectPatch(body);
    const schema = schemaOf(definition);
    return (current) => withinDepth(() => strategicMerge(current, patch, schema));
  }
  throw httpError(
    'invalid',
    `A patch of type ${type || '(none)'} is not supported for ${definition.plural}; send ${patchTypesOf(definition).join(', ')}`,
    {
      httpStatus: 415,
      reason: 'UnsupportedMediaType',
    },
  );
}

const schemas = new Map<KindDefinition, PatchSchema>();

function schemaOf(definition: KindDefinition): PatchSchema {
  if (schemas.size === 0) for (const each of openApiSchemas()) schemas.set(each.definition, each.schema);
  return schemas.get(definition) ?? {};
}

/** A patch may be nested more deeply than the stack; objects may not, so nothing is lost by refusing it. */
function withinDepth(merge: () => unknown): unknown {
  try {
    return merge();
  } catch (error) {
    if (error instanceof RangeError) throw badRequest('the patch is nested too deeply');
    throw error;
  }
}

function objectPatch(body: Uint8Array | undefined): Record<string, unknown> {
  const patch = parseJson(body);
  if (!isObject(patch)) throw badRequest('the patch must be a JSON object');
  return patch;
}

/** https://www.rfc-editor.org/rfc/rfc6902; a failed `test` is 422, as in Kubernetes. */
function jsonPatchOf(patch: unknown): (current: Resource) => unknown {
  if (!Array.isArray(patch)) throw badRequest('a JSON patch must be a list of operations');
  if (patch.length > mostOperations) throw badRequest(`a JSON patch has at most ${mostOperations} operations`);
  const failure = jsonPatch.validate(patch as Operation[]);
  if (failure !== undefined) throw badRequest(`the JSON patch is not valid: ${firstLine(failure.message)}`);
  return (current) => {
    try {
      return applyOperations(structuredClone(current), patch as Operation[]);
    } catch (error) {
      if (error instanceof MallaError) throw error;
      const message = firstLine((error as Error).message);
      const problem = errorAt(problemCodes.schema, '', `the JSON patch does not apply: ${message}`);
      throw new MallaError('invalid', problem.message, { details: { problems: [problem] }, cause: error });
    }
  };
}

function applyOperations(document: unknown, operations: readonly Operation[]): unknown {
  let copied = 0;
  return operations.reduce((current, operation, index) => {
    if (operation.op === 'copy') {
      copied += JSON.stringify(jsonPatch.getValueByPointer(current, operation.from) ?? null).length;
      if (copied > mostCopiedBytes)
        throw badRequest(`the copies of the JSON patch are larger than ${mostCopiedBytes} bytes`);
    }
    return jsonPatch.applyOperation(current, operation, true, true, true, index).newDocument;
  }, document);
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
