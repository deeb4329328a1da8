import { z } from 'zod';
import type { ObjectMeta } from '../metadata.ts';

/** A column of `kubectl get`, as in a CustomResourceDefinition's `additionalPrinterColumns`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  /** Simple JSONPath below the object, such as `.spec.hosts`. */
  readonly jsonPath: string;
  readonly description?: string;
  /** Above 0 it is shown only with `-o wide`; default 0. */
  readonly priority?: number;
}

/** Fields of an object beside apiVersion, kind and metadata. */
export type Payload = Readonly<Record<string, z.ZodType>>;

/** What the platform knows of a kind: names, versions, schema. One entry makes a kind known to the API, CLI, validation and docs. */
export interface KindDefinition {
  /** API group; empty for core. */
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  /** Names for groups of kinds, such as `istio-io`, for `kubectl get istio-io`. */
  readonly categories: readonly string[];
  /** Served versions, preferred first. Conversion changes nothing but `apiVersion`: all have the same fields. */
  readonly versions: readonly string[];
  /** Those of the served versions whose use gives a warning. */
  readonly deprecatedVersions: readonly string[];
  /** The version that a cluster stores. */
  readonly storageVersion: string;
  readonly namespaced: boolean;
  /** The whole object but apiVersion, kind and metadata. Unknown fields are refused. */
  readonly payload: Payload;
  /** By version, the payload of versions that have other limits than the rest. */
  readonly payloadOf: Readonly<Record<string, Payload>>;
  /** Values that must never leave the store: redacted in history, diffs, audit and dumps. */
  readonly secretPaths: readonly string[];
  /** Columns of `kubectl get` between the name and the age. */
  readonly columns: readonly PrinterColumn[];
  /** Page of the upstream reference. */
  readonly source: string;
}

type Defaulted =
  | 'secretPaths'
  | 'singular'
  | 'namespaced'
  | 'columns'
  | 'categories'
  | 'storageVersion'
  | 'shortNames'
  | 'payloadOf'
  | 'deprecatedVersions';

/** A definition with the usual values: namespaced, no secret values, the preferred version stored, the singular from the kind. */
export function defineKind(
  kind: Omit<KindDefinition, Defaulted> & Partial<Pick<KindDefinition, Defaulted>>,
): KindDefinition {
  return {
    namespaced: true,
    secretPaths: [],
    columns: [],
    categories: [],
    shortNames: [],
    payloadOf: {},
    deprecatedVersions: [],
    singular: kind.kind.toLowerCase(),
    storageVersion: kind.versions[0] as string,
    ...kind,
  };
}

/** Accepted from clients and dropped: status is written by the control plane alone. */
export const statusSchema = z.unknown().optional();

/** Versions of networking.istio.io for the kinds that came early. */
export const istioNetworkingVersions = ['v1', 'v1beta1', 'v1alpha3'] as const;

/** Versions of security.istio.io. */
export const istioSecurityVersions = ['v1', 'v1beta1'] as const;

/** An object of one kind. `G` is its API group; core has none. Two kinds may share a name: then the group tells them apart. */
export interface Typed<G extends string, K extends string, S> {
  readonly apiVersion: G extends '' ? string : `${G}/${string}`;
  readonly kind: K;
  readonly metadata: ObjectMeta;
  readonly spec: S;
}

/** An object whose spec may be left out. */
export type TypedOptional<G extends string, K extends string, S> = Omit<Typed<G, K, S>, 'spec'> & { readonly spec?: S };
