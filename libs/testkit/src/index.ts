// Waiting, folders, ports
export { waitFor, type WaitOptions } from './wait-for.ts';
export { TemporaryFolder } from './temporary-folder.ts';
export { freePort, freePorts } from './network/free-ports.ts';
// Fakes that behave
export { FakeClock } from './fakes/fake-clock.ts';
export { seededRandom } from './fakes/seeded-random.ts';
export { sequenceIds } from './fakes/sequence-ids.ts';
// Programs
export { findEnvoy, findProgram, findRedisServer, type FindProgramParams } from './programs/find-program.ts';
export { RedisServer, startRedis } from './programs/redis.ts';
export { buildDataPlane } from './programs/build-data-plane.ts';
export { builtinProgram, proxyPrograms, type ProxyProgram } from './programs/proxy-programs.ts';
// Applications
export { Behaviour, type BehaviourSettings, type Reaction } from './network/behaviour.ts';
export { EchoServer, type EchoServerParams, type EchoTls, type SeenRequest } from './network/echo-server.ts';
// Metrics of traffic
export { MetricsWorld } from './telemetry/metrics-world.ts';
// Certificates
export { TestPki, type TestCertificate } from './pki/test-pki.ts';
// IR to start from
export {
  sampleDestination,
  sampleEndpoint,
  sampleEndpoints,
  sampleForward,
  sampleHost,
  sampleInboundPort,
  sampleOutbound,
  sampleRoute,
  sampleRouteConfig,
  sampleProxy,
  type SampleService,
} from './ir/sample-ir.ts';
// Control plane
export { FakeAuthority } from './control-plane/fake-authority.ts';
export { FakeDiscovery, type RegistryEvent } from './control-plane/fake-discovery.ts';
export { TraceCollector, type CollectedSpan } from './control-plane/trace-collector.ts';
export { FakeTelemetry } from './control-plane/fake-telemetry.ts';
// Envoy
export { TestEnvoy, type EnvoyPlace, type TestEnvoyParams } from './envoy/test-envoy.ts';
export { workloadSecrets } from './envoy/workload-secrets.ts';
export { XdsServer, type XdsServerPlace } from './envoy/xds-server.ts';
export { staticBootstrap } from './envoy/static-bootstrap.ts';
export { loopResources, refusedListener, type LoopParams } from './envoy/loop-resources.ts';
// Interception
export { NetworkNamespace, proxyUser } from './interception/network-namespace.ts';
export { Hand } from './interception/hand.ts';
export type { HandAnswer } from './interception/hand-protocol.ts';
export { obstacleToInterception } from './interception/obstacle.ts';
export { capture } from './interception/capture.ts';
export { redirectConfiguration } from './interception/redirect-configuration.ts';
// xDS resources to start from
export {
  clusterResource,
  endpointsResource,
  listenerResource,
  resourceSet,
  routesResource,
} from './xds/sample-resources.ts';
// Protocols
export { findH2spec, runH2spec, type H2specCase, type H2specParams } from './protocol/h2spec.ts';
