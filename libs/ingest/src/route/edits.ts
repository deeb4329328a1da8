import type { HeaderEditsIr } from '@malla/ir';
import type { Route, WeightedCluster_ClusterWeight } from '@malla/protos/gen/envoy/config/route/v3/route_components_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readHeaderOperations } from '../wire/header-edits.ts';

/** Header edits of a route or a weighted cluster, which name their fields alike. */
export function readEdits(reader: FieldReader<Route> | FieldReader<WeightedCluster_ClusterWeight>): HeaderEditsIr {
  const fields = reader as FieldReader<Route>;
  return {
    request: readHeaderOperations({
      add: fields.messages('requestHeadersToAdd'),
      remove: fields.take('requestHeadersToRemove'),
      refuseRemoval: (problem) => fields.refuse('requestHeadersToRemove', problem),
    }),
    response: readHeaderOperations({
      add: fields.messages('responseHeadersToAdd'),
      remove: fields.take('responseHeadersToRemove'),
      refuseRemoval: (problem) => fields.refuse('responseHeadersToRemove', problem),
    }),
  };
}
