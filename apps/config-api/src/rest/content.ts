import { MallaError } from '@malla/model';
import { parse } from 'yaml';
import { badRequest, httpError } from './api-status.ts';
import { parseKubeProtobuf } from './kube-protobuf.ts';

const yamlTypes: readonly string[] = ['application/yaml', 'application/x-yaml', 'text/yaml'];

function notAccepted(type: string): MallaError {
  return httpError('invalid', `content type ${type} is not accepted; send application/json or application/yaml`, {
    httpStatus: 415,
    reason: 'UnsupportedMediaType',
  });
}

/** Reads a body that holds one object: JSON, YAML or, of core kinds, Kubernetes' protobuf encoding. */
export function parseObjectBody(body: Uint8Array | undefined, contentType: string): unknown {
  const type = mediaType(contentType);
  if (type === 'application/vnd.kubernetes.protobuf') return parseKubeProtobuf(body ?? new Uint8Array());
  if (yamlTypes.includes(type)) return parseYaml(body);
  if (type === '' || type === 'application/json' || type === 'text/plain') return parseJson(body);
  throw notAccepted(type);
}

/** The text of a body that holds any number of objects, as JSON or YAML. */
export function readManifestText(body: Uint8Array | undefined, contentType: string): string {
  const type = mediaType(contentType);
  if (['', 'application/json', 'text/plain', ...yamlTypes].includes(type)) return textOf(body);
  throw notAccepted(type);
}

/** Reads JSON, saying where it stops being JSON. */
export function parseJson(body: Uint8Array | undefined): unknown {
  const text = textOf(body);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MallaError('invalid', `the body is not JSON: ${withoutQuote((error as Error).message)}`, {
      cause: error,
    });
  }
}

/** V8 quotes what stands around the mistake; that may be the value of a secret, and messages go to the audit trail. */
function withoutQuote(message: string): string {
  return message.replace(/, (\.\.\.)?".*" is not valid JSON$/s, '');
}

/** `application/json; charset=utf-8` gives `application/json`. */
export function mediaType(contentType: string): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase();
}

function parseYaml(body: Uint8Array | undefined): unknown {
  const text = textOf(body);
  try {
    return parse(text, { maxAliasCount: 100, uniqueKeys: true });
  } catch (error) {
    throw new MallaError('invalid', `the body is not YAML: ${(error as Error).message.split('\n')[0] ?? ''}`, {
      cause: error,
    });
  }
}

function textOf(body: Uint8Array | undefined): string {
  if (body === undefined || body.length === 0) throw badRequest('the request has no body');
  return Buffer.from(body).toString('utf8');
}

/** How a client wants objects. */
export type Representation = 'object' | 'table' | 'partial';

/**
 * Chooses from an Accept header: the first entry that we can give wins, as Kubernetes' clients order them.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
 */
export function chooseRepresentation(accept: string | undefined): Representation {
  const entries = (accept ?? '*/*').split(',').map((entry) =>
    entry
      .trim()
      .toLowerCase()
      .split(';')
      .map((part) => part.trim()),
  );
  for (const [type = '', ...params] of entries) {
    const json = ['application/json', 'application/*', '*/*', ''].includes(type);
    if (!json) continue;
    const as = params.find((param) => param.startsWith('as='))?.slice(3);
    const v1 = params.includes('v=v1') || params.includes('v=v1beta1');
    if (as === undefined) return 'object';
    if (as === 'table' && v1) return 'table';
    if ((as === 'partialobjectmetadata' || as === 'partialobjectmetadatalist') && v1) return 'partial';
  }
  throw httpError('invalid', `none of the media types is served: ${accept ?? ''}; ask for application/json`, {
    httpStatus: 406,
    reason: 'NotAcceptable',
  });
}
