// Sets of resources
export { noResources, resourcesOf, type ResourcesByName, type ResourceSet } from './resource-set.ts';
export { setVersionOf } from './set-version.ts';
export { referencesOf, type Reference } from './references.ts';
export { danglingReferences, type DanglingReference } from './consistent.ts';
// Server's side of a stream
export { DeltaSession } from './delta-session.ts';
export { SotwSession } from './sotw-session.ts';
export {
  XdsLimitError,
  type Nack,
  type SessionOptions,
  type SessionState,
  type TypeDelivery,
  type XdsResponse,
  type XdsSession,
} from './session.ts';
// Client's side
export { DeltaClient, type DeltaClientParams, type DeltaClientState, type Received } from './delta-client.ts';
export { SotwClient, type SotwClientParams } from './sotw-client.ts';
// Bytes
export { frameDeltaResponse, frameSotwResponse, type DeltaResponseFields, type SotwResponseFields } from './frame.ts';
