import type { JsonObject } from '@bufbuild/protobuf';
import type { ProgramOptions } from '../program/command-line.ts';

/** Envoy's words for where the program is in its life. */
export type ServerStateName = 'LIVE' | 'DRAINING' | 'PRE_INITIALIZING' | 'INITIALIZING';

/** Envoy's numbers for them, in the statistic `server.state`. */
export const stateNumbers: Readonly<Record<ServerStateName, number>> = {
  LIVE: 0,
  DRAINING: 1,
  PRE_INITIALIZING: 2,
  INITIALIZING: 3,
};

/** Version that this program says it is: Envoy's whose behaviour it has, and its own name where Envoy has its build. */
export const programVersion = '0000000000000000000000000000000000000000/1.40.0/Clean/RELEASE/Malla';

export interface ServerInfoParams {
  readonly options: ProgramOptions;
  readonly state: ServerStateName;
  readonly uptimeMs: number;
  readonly node: JsonObject;
}

/** Envoy's /server_info. Source: envoy/admin/v3/server_info.proto */
export function serverInfo({ options, state, uptimeMs, node }: ServerInfoParams): object {
  const uptime = `${Math.floor(uptimeMs / 1_000)}s`;
  return {
    version: programVersion,
    state,
    uptime_current_epoch: uptime,
    uptime_all_epochs: uptime,
    hot_restart_version: 'disabled',
    command_line_options: {
      base_id: options.baseId,
      concurrency: options.concurrency,
      config_path: options.configPath,
      log_level: options.logLevel,
      log_format: options.logFormat,
      log_path: options.logPath ?? '',
      file_flush_interval: `${options.fileFlushMs / 1_000}s`,
      drain_time: `${options.drainMs / 1_000}s`,
      mode: 'Serve',
      disable_hot_restart: options.disableHotRestart,
      restart_epoch: 0,
      log_format_escaped: options.logFormatEscaped,
      drain_strategy: options.drainStrategy === 'immediate' ? 'Immediate' : 'Gradual',
    },
    node,
  };
}
