import type { HeaderEditsIr, HeaderOperationsIr } from '@malla/ir';
import { HeaderValueOption_HeaderAppendAction } from '@malla/protos/gen/envoy/config/core/v3/base_pb';

/** Header edit fields of a route or a weighted cluster; Envoy removes first, then goes through the additions in order. */
export function headerEdits(edits: HeaderEditsIr) {
  return {
    requestHeadersToAdd: additions(edits.request),
    requestHeadersToRemove: [...edits.request.remove],
    responseHeadersToAdd: additions(edits.response),
    responseHeadersToRemove: [...edits.response.remove],
  };
}

/** First one's edits, then the other's. */
export function joinHeaderEdits(first: HeaderEditsIr, second: HeaderEditsIr): HeaderEditsIr {
  return { request: join(first.request, second.request), response: join(first.response, second.response) };
}

function join(first: HeaderOperationsIr, second: HeaderOperationsIr): HeaderOperationsIr {
  return {
    set: [...first.set, ...second.set],
    add: [...first.add, ...second.add],
    remove: [...first.remove, ...second.remove],
  };
}

function additions({ set, add }: HeaderOperationsIr) {
  const { OVERWRITE_IF_EXISTS_OR_ADD, APPEND_IF_EXISTS_OR_ADD } = HeaderValueOption_HeaderAppendAction;
  return [
    ...set.map(([key, value]) => ({ header: header(key, value), appendAction: OVERWRITE_IF_EXISTS_OR_ADD })),
    ...add.map(([key, value]) => ({ header: header(key, value), appendAction: APPEND_IF_EXISTS_OR_ADD })),
  ].map((addition) => ({ ...addition, keepEmptyValue: true }));
}

/** `%` begins a command in Envoy's header values; users mean the sign. */
function header(key: string, value: string) {
  return { key, value: value.replaceAll('%', '%%') };
}
