// Bootstrap
export { type AdminAddress } from './bootstrap/addresses.ts';
export { bootstrapJson, createBootstrap, type BootstrapNode, type BootstrapParams } from './bootstrap/bootstrap.ts';
export { type OverloadLimits } from './bootstrap/overload.ts';
// Running it
export { EnvoyAdminClient, type EnvoyAdmin } from './process/admin-client.ts';
export { type EnvoyOptions } from './process/command-line.ts';
export { type EnvoyHost, type EnvoyProcess, type ExitInfo } from './process/envoy-process.ts';
export { LocalEnvoyHost, type LocalEnvoyHostParams } from './process/local-envoy-host.ts';
export { LogFile, type LogFileParams } from './process/log-file.ts';
export { systemTimers, type Timers } from './process/timers.ts';
// Keeping it running
export { backOffMs, type BackOffOptions } from './supervisor/back-off.ts';
export {
  defaultSupervisorOptions,
  EnvoySupervisor,
  type EnvoySupervisorParams,
  type SupervisorOptions,
} from './supervisor/envoy-supervisor.ts';
export { type SupervisorEvent, type SupervisorState } from './supervisor/states.ts';
