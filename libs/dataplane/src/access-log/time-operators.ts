import type { LogFacts, TimingFacts } from './log-facts.ts';
import { plain, type OperatorMaker } from './operator.ts';

/** Operators about time. Durations are whole milliseconds. */
export const timeOperators: Readonly<Record<string, OperatorMaker>> = {
  START_TIME: (argument) => {
    const format = formatTime(argument);
    return ({ startedAt }) => format(startedAt);
  },
  EMIT_TIME: (argument) => {
    const format = formatTime(argument);
    return ({ startedAt, durationMs }) => format(startedAt + durationMs);
  },
  DURATION: plain(({ durationMs }) => Math.trunc(durationMs)),
  REQUEST_DURATION: plain(({ timings }) => whole(timings?.lastDownstreamRxMs)),
  REQUEST_TX_DURATION: plain(({ timings }) => whole(timings?.firstUpstreamTxMs)),
  RESPONSE_DURATION: plain(({ timings }) => whole(timings?.firstUpstreamRxMs)),
  RESPONSE_TX_DURATION: plain(({ timings }) => {
    const [from, to] = [timings?.firstUpstreamRxMs, timings?.lastDownstreamTxMs];
    return from === undefined || to === undefined ? undefined : Math.trunc(to - from);
  }),
  COMMON_DURATION: (argument) => {
    const [from, to, unit = 'ms'] = (argument ?? '').split(':');
    const [start, end] = [points[from ?? ''], points[to ?? '']];
    const factor = { ms: 1, us: 1e3, ns: 1e6 }[unit];
    if (start === undefined || end === undefined || factor === undefined) return undefined;
    return ({ timings }: LogFacts) => {
      const [a, b] = timings === undefined ? [] : [start(timings), end(timings)];
      return a === undefined || b === undefined ? undefined : Math.trunc((b - a) * factor);
    };
  },
};

/** Those of {@link timeOperators} that need the times within a request. */
export const timingCommands: ReadonlySet<string> = new Set([
  'REQUEST_DURATION',
  'REQUEST_TX_DURATION',
  'RESPONSE_DURATION',
  'RESPONSE_TX_DURATION',
  'COMMON_DURATION',
]);

const points: Readonly<Record<string, (timings: TimingFacts) => number | undefined>> = {
  DS_RX_BEG: () => 0,
  DS_RX_END: ({ lastDownstreamRxMs }) => lastDownstreamRxMs,
  US_TX_BEG: ({ firstUpstreamTxMs }) => firstUpstreamTxMs,
  US_TX_END: ({ lastDownstreamRxMs }) => lastDownstreamRxMs,
  US_RX_BEG: ({ firstUpstreamRxMs }) => firstUpstreamRxMs,
  US_RX_END: ({ lastUpstreamRxMs }) => lastUpstreamRxMs,
  DS_TX_BEG: ({ firstDownstreamTxMs }) => firstDownstreamTxMs,
  DS_TX_END: ({ lastDownstreamTxMs }) => lastDownstreamTxMs,
};

function whole(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.trunc(ms);
}

/** strftime in UTC, as far as access logs use it, with Envoy's `%3f` and `%s`; without a format ISO 8601 with milliseconds. */
export function formatTime(format: string | undefined): (wallClockMs: number) => string {
  if (format === undefined || format === '') return (ms) => new Date(ms).toISOString();
  const pieces = format.split(/(%E?[*\d]*[A-Za-z%])/);
  return (ms) => {
    const date = new Date(ms);
    return pieces.map((piece) => (piece.startsWith('%') ? timePart(piece, date) : piece)).join('');
  };
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

function timePart(piece: string, date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const seconds = Math.floor(date.getTime() / 1000);
  switch (piece.at(-1)) {
    case 'Y':
      return String(date.getUTCFullYear());
    case 'y':
      return two(date.getUTCFullYear() % 100);
    case 'm':
      return two(date.getUTCMonth() + 1);
    case 'd':
      return two(date.getUTCDate());
    case 'H':
      return two(date.getUTCHours());
    case 'M':
      return two(date.getUTCMinutes());
    case 'S':
      return two(date.getUTCSeconds());
    case 'f': {
      const digits = Number(/\d+/.exec(piece)?.[0] ?? 9);
      return String(date.getUTCMilliseconds()).padStart(3, '0').padEnd(9, '0').slice(0, digits);
    }
    case 's':
      return String(seconds);
    case 'F':
      return date.toISOString().slice(0, 10);
    case 'T':
      return date.toISOString().slice(11, 19);
    case 'z':
      return '+0000';
    case 'Z':
      return 'UTC';
    case 'b':
      return months[date.getUTCMonth()] as string;
    case 'a':
      return days[date.getUTCDay()] as string;
    case '%':
      return '%';
    default:
      return piece;
  }
}
