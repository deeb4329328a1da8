import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KindDefinition } from '../src/kinds/kind-definition.ts';
import { openApiSchemaOf } from '../src/schema/open-api.ts';
import { canonicalSchema, stable, type Json } from './canonical-schema.ts';

/** A CustomResourceDefinition of another project, as far as it is compared. */
export interface UpstreamCrd {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly names: {
      readonly kind: string;
      readonly plural: string;
      readonly singular: string;
      readonly shortNames?: readonly string[];
      readonly categories?: readonly string[];
    };
    readonly versions: readonly UpstreamVersion[];
  };
}

interface UpstreamVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly deprecated?: boolean;
  readonly additionalPrinterColumns?: readonly { name: string; type: string; jsonPath: string; priority?: number }[];
  readonly schema: { readonly openAPIV3Schema: Json };
}

/** One thing that the model says otherwise than the upstream CRD. */
export interface Difference {
  /** Pattern path such as `spec.rules[].matches[]`, with `{}` in maps, after the version where not all versions differ; else `names`, `versions` or `columns`. */
  readonly at: string;
  /** Keyword of the schema, or `field` for a field that one of the two lacks. */
  readonly what: string;
  readonly ours: unknown;
  readonly upstream: unknown;
}

/**
 * Every CRD in the YAML files below a folder, which specs take from MALLA_UPSTREAM_CRDS and are skipped without: Istio's
 * `kubernetes/customresourcedefinitions.gen.yaml` and Gateway API's `config/crd`. Gateway API has two channels: `channel` is taken.
 */
export function upstreamCrds(folder: string, channel = 'experimental'): readonly UpstreamCrd[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.ya?ml$/.test(name));
  return files
    .sort()
    .flatMap((name) => parseAllDocuments(readFileSync(join(folder, name), 'utf8')))
    .map((document) => document.toJS() as UpstreamCrd & { readonly kind: string })
    .filter((object) => object?.kind === 'CustomResourceDefinition')
    .filter(({ metadata }) =>
      [undefined, channel].includes(metadata.annotations?.['gateway.networking.k8s.io/channel']),
    );
}

/** Everything in which a kind of the model differs from its upstream CRD: names, versions, columns, and each keyword of each field. */
export function compareWithCrd(definition: KindDefinition, crd: UpstreamCrd): readonly Difference[] {
  const found = crd.spec.versions.map(({ name, schema }) => ({
    name,
    differences: schemaDifferences(openApiSchemaOf(definition, name), schema.openAPIV3Schema),
  }));
  const everywhere = (d: Difference) =>
    found.every(({ differences }) => differences.some((other) => stable(other) === stable(d)));
  const unique = new Map<string, Difference>();
  for (const { name, differences } of found) {
    for (const d of differences) {
      const shown = everywhere(d) ? d : { ...d, at: `${name} ${d.at}` };
      unique.set(stable(shown), shown);
    }
  }
  return [...namesDifferences(definition, crd), ...unique.values()];
}

function namesDifferences(definition: KindDefinition, { spec }: UpstreamCrd): Difference[] {
  const { names, versions } = spec;
  const pairs: readonly (readonly [string, string, unknown, unknown])[] = [
    ['names', 'plural', definition.plural, names.plural],
    ['names', 'singular', definition.singular, names.singular],
    ['names', 'shortNames', definition.shortNames, names.shortNames ?? []],
    ['names', 'categories', definition.categories, names.categories ?? []],
    ['names', 'scope', definition.namespaced ? 'Namespaced' : 'Cluster', spec.scope],
    [
      'versions',
      'served',
      [...definition.versions].sort(),
      versions
        .filter((v) => v.served)
        .map((v) => v.name)
        .sort(),
    ],
    ['versions', 'storage', definition.storageVersion, versions.find((v) => v.storage)?.name],
    [
      'versions',
      'deprecated',
      [...definition.deprecatedVersions].sort(),
      versions
        .filter((v) => v.deprecated === true)
        .map((v) => v.name)
        .sort(),
    ],
    ['columns', 'columns', definition.columns.map(columnText), upstreamColumns(versions)],
  ];
  return pairs
    .filter(([, , ours, upstream]) => stable(ours) !== stable(upstream))
    .map(([at, what, ours, upstream]) => ({ at, what, ours, upstream }));
}

/** Those of the stored version, without the age, which every kind has. */
function upstreamColumns(versions: readonly UpstreamVersion[]): readonly string[] {
  const columns = versions.find((v) => v.storage)?.additionalPrinterColumns ?? [];
  return columns.filter((c) => c.name !== 'Age').map(columnText);
}

function columnText(column: { name: string; type: string; jsonPath: string; priority?: number }): string {
  return `${column.name} ${column.type} ${column.jsonPath} ${column.priority ?? 0}`;
}

/** Differences of two schemas of whole objects; apiVersion, kind and metadata belong to Kubernetes itself. */
export function schemaDifferences(ours: Json, upstream: Json): readonly Difference[] {
  const found: Difference[] = [];
  compare(withoutTypeMeta(canonicalSchema(ours)), withoutTypeMeta(canonicalSchema(upstream)), '', found);
  return found;
}

const typeMeta = new Set(['apiVersion', 'kind', 'metadata']);

function withoutTypeMeta(schema: Json): Json {
  const fields = Object.entries((schema['properties'] ?? {}) as Json).filter(([name]) => !typeMeta.has(name));
  const required = ((schema['required'] ?? []) as string[]).filter((name) => !typeMeta.has(name));
  return { ...schema, properties: Object.fromEntries(fields), required };
}

function compare(ours: Json, upstream: Json, at: string, into: Difference[]): void {
  for (const key of new Set([...Object.keys(upstream), ...Object.keys(ours)])) {
    const [a, b] = [ours[key], upstream[key]];
    if (key === 'properties') compareFields((a ?? {}) as Json, (b ?? {}) as Json, at, into);
    else if ((key === 'items' || key === 'additionalProperties') && a !== undefined && b !== undefined)
      compare(a as Json, b as Json, `${at}${key === 'items' ? '[]' : '{}'}`, into);
    else if (stable(a) !== stable(b)) into.push({ at, what: key, ours: a, upstream: b });
  }
}

function compareFields(ours: Json, upstream: Json, at: string, into: Difference[]): void {
  for (const name of new Set([...Object.keys(upstream), ...Object.keys(ours)])) {
    const path = at === '' ? name : `${at}.${name}`;
    const [a, b] = [ours[name] as Json | undefined, upstream[name] as Json | undefined];
    if (a !== undefined && b !== undefined) compare(a, b, path, into);
    else into.push({ at: path, what: 'field', ours: a && 'there', upstream: b && 'there' });
  }
}

/** A difference that is wanted. */
export interface Deliberate {
  /** Kinds that it is for; default all. */
  readonly kinds?: readonly string[];
  /** Matches {@link Difference.at}. */
  readonly at: RegExp;
  /** Keywords; default any. */
  readonly what?: readonly string[];
  readonly reason: string;
}

/** One line for each difference that no entry of the list explains. */
export function unexplained(
  kind: string,
  differences: readonly Difference[],
  deliberate: readonly Deliberate[],
): readonly string[] {
  return differences
    .filter((d) => !deliberate.some((entry) => explains(entry, kind, d)))
    .map((d) => `${kind} ${d.at}: ${d.what}: ours ${stable(d.ours)}, upstream ${stable(d.upstream)}`);
}

/** Whether an entry of the list explains a difference; one that explains none is to be deleted. */
export function explains(entry: Deliberate, kind: string, difference: Difference): boolean {
  return (
    (entry.kinds?.includes(kind) ?? true) &&
    entry.at.test(difference.at) &&
    (entry.what?.includes(difference.what) ?? true)
  );
}
