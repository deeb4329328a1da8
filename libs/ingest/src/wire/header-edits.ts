import type { HeaderOperationsIr } from '@malla/ir';
import {
  HeaderValueOption_HeaderAppendAction as AppendAction,
  type HeaderValueOption,
} from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import type { FieldReader } from './field-reader.ts';
import { readHeaderValue } from './grpc-service.ts';

/** The parts of a message that edit headers of one direction. */
export interface HeaderEditFields {
  readonly add: readonly FieldReader<HeaderValueOption>[];
  readonly remove: readonly string[];
  /** Refuses one of the removals. */
  readonly refuseRemoval: (problem: string) => void;
}

/** Edits of one direction. Envoy removes, then overwrites in order, then appends, as the IR says it. */
export function readHeaderOperations({ add, remove, refuseRemoval }: HeaderEditFields): HeaderOperationsIr {
  const edits = add.map(readHeaderEdit).filter((edit) => edit !== undefined);
  for (const name of remove) if (isFixed(name)) refuseRemoval(`${name} must not be removed`);
  return {
    set: edits.filter(({ kind }) => kind === 'set').map(({ header }) => header),
    add: edits.filter(({ kind }) => kind === 'add').map(({ header }) => header),
    remove: remove.map((name) => name.toLowerCase()),
  };
}

/** One header that is set or added; undefined when it would be empty and may not be. */
export function readHeaderEdit(
  reader: FieldReader<HeaderValueOption>,
): { kind: 'set' | 'add'; header: readonly [name: string, value: string] } | undefined {
  const kind = readAction(reader);
  const keepEmpty = reader.take('keepEmptyValue');
  const header = reader.message('header');
  if (!header) return undefined;
  const [name, value] = readHeaderValue(header);
  if (isFixed(name)) header.refuse('key', `${name} must not be changed here`);
  return value === '' && !keepEmpty ? undefined : { kind, header: [name, value] };
}

/** `append` is the old form of `append_action`; Envoy refuses both. */
function readAction(reader: FieldReader<HeaderValueOption>): 'set' | 'add' {
  const old = reader.take('append');
  if (old !== undefined) {
    if (reader.has('appendAction')) reader.refuse('append', 'must not be set with append_action');
    return old ? 'add' : 'set';
  }
  const action = reader.choice('appendAction', {
    [AppendAction.APPEND_IF_EXISTS_OR_ADD]: 'add' as const,
    [AppendAction.OVERWRITE_IF_EXISTS_OR_ADD]: 'set' as const,
  });
  return action ?? 'add';
}

/** Headers that say what a request is; Envoy lets only rewrites change them. */
function isFixed(name: string): boolean {
  return name.startsWith(':') || name.toLowerCase() === 'host';
}
