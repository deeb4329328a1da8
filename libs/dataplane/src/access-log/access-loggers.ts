import type { AccessLogConfig, AccessLogType } from '@malla/proxy-config';
import type { WorkerServices } from '../runtime/services.ts';
import type { LogFacts } from './log-facts.ts';
import { compileFormat } from './log-format.ts';
import { compileLogFilter, wantsType, type LogFilter } from './log-filter.ts';
import { logRecord } from './log-record.ts';
import { StatsLogger } from './stats-logger.ts';

/** The access loggers of a connection manager or a TCP proxy. */
export interface AccessLoggers {
  /** Some logger tells times within a request, so they must be taken. */
  readonly needsTimings: boolean;
  /** Some logger may want an entry of that type. */
  wants(type: AccessLogType): boolean;
  log(facts: LogFacts): void;
}

interface Logger {
  readonly filter: LogFilter | undefined;
  readonly write: (facts: LogFacts) => void;
  readonly needsTimings: boolean;
}

/** Compiles access loggers. They work out only what their formats ask for. */
export function compileAccessLogs(
  configs: readonly AccessLogConfig[],
  services: Pick<WorkerServices, 'stats' | 'logs' | 'random'>,
): AccessLoggers {
  const loggers = configs.map((config) => compileLogger(config, services));
  return {
    needsTimings: loggers.some(({ needsTimings }) => needsTimings),
    wants: (type) => configs.some(({ filter }) => wantsType(filter, type)),
    log: (facts) => {
      for (let i = 0; i < loggers.length; i++) {
        const { filter, write } = loggers[i] as Logger;
        if (filter === undefined || filter(facts)) write(facts);
      }
    },
  };
}

function compileLogger(
  { filter, sink }: AccessLogConfig,
  { stats, logs, random }: Pick<WorkerServices, 'stats' | 'logs' | 'random'>,
): Logger {
  const compiled = filter === undefined ? undefined : compileLogFilter(filter, random);
  switch (sink.kind) {
    case 'file': {
      const { text, needsTimings } = compileFormat(sink.format);
      return { filter: compiled, needsTimings, write: (facts) => logs.line(sink.path, text(facts)) };
    }
    case 'grpc': {
      const { cluster, logName, protocol, headers } = sink;
      const params = { cluster, logName, protocol, headers };
      return { filter: compiled, needsTimings: true, write: (facts) => logs.grpc(params, logRecord(facts)) };
    }
    case 'stats': {
      const logger = new StatsLogger(sink, stats);
      return { filter: compiled, needsTimings: false, write: (facts) => logger.log(facts) };
    }
  }
}
