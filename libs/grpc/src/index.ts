// Servers
export { GrpcServer, type GrpcServerParams, type ListenParams, type ListenUnixParams } from './server/grpc-server.ts';
export {
  type DuplexStream,
  type MethodHandler,
  type RequestStream,
  type ResponseStream,
  type ServiceHandlers,
} from './server/handlers.ts';
export { type CallInfo } from './server/call-info.ts';
export { peerIdentity, spiffeIdOfNames, type PeerContext } from './server/peer-identity.ts';
export { healthHandlers, HealthService } from './server/health-service.ts';
export { prepareSocketPath } from './server/unix-socket.ts';
// Clients
export { openChannel, type Channel, type ChannelParams } from './client/channel.ts';
export { createClient, type CallSettings, type ClientMethod, type ServiceClient } from './client/create-client.ts';
export { type DuplexCall, type RequestCall, type ResponseCall } from './client/client-stream.ts';
// Both
export { maxMessageBytes } from './channel-options.ts';
export { Backoff, sleep, type BackoffParams } from './backoff.ts';
export { errorOfStatus, statusOf } from './status.ts';
export { type Outgoing } from './wire.ts';
// Identity
export { MeshIdentity, type IdentityPhase, type MeshIdentityParams } from './identity/mesh-identity.ts';
export {
  defaultAuthorityDir,
  identitySettings,
  openIdentity,
  type IdentitySettings,
  type OpenIdentityParams,
} from './identity/identity-settings.ts';
export { SettableIdentity, type IdentityMaterial, type IdentitySource } from './tls/identity-source.ts';
// Credentials
export {
  anonymousChannelCredentials,
  channelCredentials,
  serverCredentials,
  type ClientCertificates,
} from './tls/credentials.ts';
export { insecureChannel, insecureServer } from './tls/insecure.ts';
