import type { KindDefinition, Resource } from '@malla/model';
import { columnsOf, type Column } from './columns.ts';

export interface TableParams {
  readonly definition: KindDefinition;
  readonly objects: readonly Resource[];
  /** List metadata. */
  readonly metadata: object;
  /** What each row carries of its object; `Metadata` by default. */
  readonly includeObject: 'None' | 'Metadata' | 'Object';
  /** Later tables of a watch leave the columns out. */
  readonly withColumns: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What analysis finds about an object, for `-o wide`; undefined for kinds that it says nothing of. */
  readonly findings?: ((object: Resource) => string) | undefined;
}

/** A Table of meta.k8s.io/v1. */
export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: 'meta.k8s.io/v1';
  readonly metadata: object;
  readonly columnDefinitions: readonly object[];
  readonly rows: readonly object[];
}

/** A list as a table. */
export function tableOf(params: TableParams): Table {
  const { definition, objects, metadata, includeObject, withColumns, now, findings } = params;
  const columns = [...columnsOf(definition), ...(findings === undefined ? [] : [findingsColumn(findings)])];
  const definitions = columns.map(({ name, type, description, priority }) => ({
    name,
    // Ages are texts: kubectl would read a date as one and print it anew.
    type: type === 'date' ? 'string' : type,
    format: name === 'Name' ? 'name' : '',
    description,
    priority,
  }));
  const rows = objects.map((object) => ({
    cells: columns.map(({ value }) => value(object, now) ?? ''),
    ...(includeObject === 'None' ? {} : { object: includeObject === 'Object' ? object : partialMetadata(object) }),
  }));
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: withColumns ? definitions : [],
    rows,
  };
}

/** An object's metadata alone. */
export function partialMetadata(object: Resource): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

function findingsColumn(value: Column['value']): Column {
  return { name: 'Findings', type: 'string', description: 'Codes of what analysis finds.', priority: 1, value };
}
