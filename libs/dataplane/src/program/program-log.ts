import { appendFileSync, writeSync } from 'node:fs';
import type { LogLevel } from '../worker/protocol.ts';

const order: readonly LogLevel[] = ['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off'];

export interface ProgramLogParams {
  readonly level: LogLevel;
  /** Envoy's (spdlog's) pattern: %l level, %n logger, %v text, %t thread, and parts of the time. */
  readonly format: string;
  /** One message, one line: line feeds in it are written as \n. */
  readonly escaped: boolean;
  /** Absent: stderr. */
  readonly path?: string;
}

/** The program's own log, in Envoy's format. Written at once: the last words before an end are the ones that matter. */
export class ProgramLog {
  readonly #params: ProgramLogParams;
  level: LogLevel;

  constructor(params: ProgramLogParams) {
    this.#params = params;
    this.level = params.level;
  }

  write(level: LogLevel, logger: string, text: string): void {
    if (level === 'off' || order.indexOf(level) < order.indexOf(this.level)) return;
    const { path, format, escaped } = this.#params;
    const shown = escaped ? text.replaceAll('\n', '\\n') : text;
    const line = `${formatLine(format, { level, logger, text: shown, now: new Date() })}\n`;
    try {
      if (path === undefined) writeSync(2, line);
      else appendFileSync(path, line);
    } catch {
      // Nobody can be told.
    }
  }
}

interface Message {
  readonly level: LogLevel;
  readonly logger: string;
  readonly text: string;
  readonly now: Date;
}

/** Fills spdlog's pattern; flags that mean nothing here (source file and line) are `malla` and 0. */
export function formatLine(format: string, { level, logger, text, now }: Message): string {
  const pad = (value: number, width = 2): string => String(value).padStart(width, '0');
  const time = `${pad(now.getUTCHours())}:${pad(now.getUTCMinutes())}:${pad(now.getUTCSeconds())}`;
  const parts: Readonly<Record<string, string>> = {
    l: level,
    L: level[0]?.toUpperCase() ?? '',
    n: logger,
    v: text,
    t: String(process.pid),
    P: String(process.pid),
    Y: String(now.getUTCFullYear()),
    m: pad(now.getUTCMonth() + 1),
    d: pad(now.getUTCDate()),
    T: time,
    e: pad(now.getUTCMilliseconds(), 3),
    f: `${pad(now.getUTCMilliseconds(), 3)}000`,
    g: 'malla',
    '#': '0',
    _: text,
    j: text,
    '%': '%',
  };
  return format.replaceAll(/%(.)/g, (whole, flag: string) => parts[flag] ?? whole);
}
