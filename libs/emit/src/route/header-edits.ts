import type { HeaderEditsIr, HeaderOperationsIr } from '@malla/ir';
import { HeaderValueOption_HeaderAppendAction } from '@malla/protos/gen/envoy/config/core/v3/base_pb';

/**
 * Header edit fields of a route or a weighted cluster, of several levels in their order (rule, then destination). Envoy removes first, then
 * overwrites in order, so that a later level wins, then appends.
 */
export function headerEdits(...levels: readonly HeaderEditsIr[]) {
  return {
    requestHeadersToAdd: levels.flatMap(({ request }) => additions(request)),
    requestHeadersToRemove: levels.flatMap(({ request }) => request.remove),
    responseHeadersToAdd: levels.flatMap(({ response }) => additions(response)),
    responseHeadersToRemove: levels.flatMap(({ response }) => response.remove),
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
