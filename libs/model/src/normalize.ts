import { errorAt, problemCodes, type Problem } from './problems/problem.ts';
import { findKind, groupOf, type Resource } from './registry.ts';
import { applyDefaults } from './schema/defaults.ts';

export interface NormalizeOptions {
  /** Namespace of namespaced objects that name none; default `default`. */
  readonly namespace?: string;
}

export interface Normalized<R extends Resource = Resource> {
  readonly resource: R;
  readonly problems: readonly Problem[];
}

/**
 * The form in which a checked object is written: with the defaults of its kind and without fields that are null, without `status` (the
 * control plane writes it) and `metadata.managedFields`, with a namespace if its kind has one, and with a Secret's `stringData` encoded
 * into `data`, as Kubernetes does. Everything else, apiVersion included, stays as sent. A cluster-scoped object with a namespace is a problem.
 */
export function normalize<R extends Resource>(resource: R, options: NormalizeOptions = {}): Normalized<R> {
  const definition = findKind(groupOf(resource.apiVersion), resource.kind);
  const filled = definition === undefined ? resource : applyDefaults(definition, resource);
  const metadata = { ...filled.metadata };
  delete metadata.managedFields;
  const problems: Problem[] = [];
  if (definition?.namespaced === false && metadata.namespace !== undefined) {
    const message = `${resource.kind} is cluster-scoped: it has no namespace`;
    problems.push(errorAt(problemCodes.namespaceNotAllowed, 'metadata.namespace', message, 'remove the field'));
  }
  if (definition?.namespaced === true) metadata.namespace ??= options.namespace ?? 'default';
  const written: Record<string, unknown> = { ...filled, metadata };
  delete written['status'];
  return { resource: (resource.kind === 'Secret' ? encodeStringData(written) : written) as unknown as R, problems };
}

/** `stringData` wins over `data` of the same key. Source: https://kubernetes.io/docs/concepts/configuration/secret/ */
function encodeStringData(secret: Readonly<Record<string, unknown>>): object {
  const { stringData, ...rest } = secret;
  if (stringData === undefined) return secret;
  const encoded = Object.entries(stringData as Record<string, string>).map(([key, text]) => [key, base64(text)]);
  return { ...rest, data: { ...(rest['data'] as object | undefined), ...Object.fromEntries(encoded) } };
}

/** Base64 of the UTF-8 of a text, with what browsers and Node share. */
function base64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));
}
