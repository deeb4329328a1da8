import { openApiSchemas, type KindDefinition, type Resource } from '@malla/model';
import type { Condition } from './condition.ts';

/** What the control plane knows of an object, beside its written status. */
export interface AddedStatus {
  readonly observedGeneration: number;
  readonly validationMessages?: readonly object[];
  readonly conditions: readonly Condition[];
}

/** That part of it that a kind's status can hold. */
export interface FittedStatus {
  readonly conditions: readonly object[];
  readonly [field: string]: unknown;
}

interface StatusSchema {
  readonly additionalProperties?: unknown;
  readonly properties?: Readonly<Record<string, StatusSchema>>;
  readonly items?: StatusSchema;
  readonly required?: readonly string[];
}

const schemas = new Map<KindDefinition, StatusSchema>();

/**
 * As much of it as the status of the kind has room for; undefined if it has none for conditions, as routes of Gateway API and Ingresses.
 * Where conditions are those of Kubernetes they get the fields that are required there.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/condition-v1/
 */
export function fitStatus(definition: KindDefinition, object: Resource, added: AddedStatus): FittedStatus | undefined {
  const { additionalProperties, properties = {} } = schemaOf(definition);
  const hasRoom = (field: string): boolean => additionalProperties !== false || Object.hasOwn(properties, field);
  if (!hasRoom('conditions')) return undefined;
  const dated = properties['conditions']?.items?.required?.includes('lastTransitionTime') === true;
  const { conditions, ...others } = added;
  const lastTransitionTime = lastWrite(object);
  const shown = dated
    ? conditions.map((each) => ({ ...each, lastTransitionTime, observedGeneration: added.observedGeneration }))
    : conditions;
  return { ...Object.fromEntries(Object.entries(others).filter(([field]) => hasRoom(field))), conditions: shown };
}

/** Since then the condition may have changed again: that is not recorded, and the last write is the latest time that is known. */
function lastWrite({ metadata }: Resource): string {
  const times = (metadata.managedFields ?? []).flatMap(({ time }) => time ?? []);
  return [metadata.creationTimestamp ?? '1970-01-01T00:00:00Z', ...times].sort().at(-1) as string;
}

function schemaOf(definition: KindDefinition): StatusSchema {
  const known = schemas.get(definition);
  if (known !== undefined) return known;
  const kind = openApiSchemas().find((each) => each.definition === definition);
  const properties = kind?.schema['properties'] as Readonly<Record<string, StatusSchema>> | undefined;
  const found = properties?.['status'] ?? {};
  schemas.set(definition, found);
  return found;
}
