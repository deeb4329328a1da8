import { MallaError, parseDuration } from '@malla/model';
import type { GraphDetail, Reporter, SeriesGroup, SignalFilter, TimeSpan } from '@malla/telemetry';

// Values of queries as texts, by REST and gRPC alike; the empty text means "not given". All throw MallaError `invalid`.

export interface FilterTexts {
  readonly source?: string;
  readonly destination?: string;
  readonly namespace?: string;
}

export function filterOf({ source = '', destination = '', namespace = '' }: FilterTexts): SignalFilter {
  return {
    ...(source !== '' && { source }),
    ...(destination !== '' && { destination }),
    ...(namespace !== '' && { namespace }),
  };
}

export function seriesGroupOf(text: string): SeriesGroup {
  return oneOf('by', text === '' ? 'service' : text, ['service', 'workload', 'pair']);
}

export function reporterOf(text: string): Reporter | undefined {
  return text === '' ? undefined : oneOf('reporter', text, ['source', 'destination']);
}

export function graphDetailOf(text: string): GraphDetail {
  return oneOf('detail', text === '' ? 'workload' : text, ['workload', 'service', 'namespace']);
}

/** A duration such as 5m, in milliseconds; undefined if it is not given. */
export function durationOf(name: string, text: string): number | undefined {
  if (text === '') return undefined;
  const ms = parseDuration(text);
  if (ms === undefined || ms <= 0)
    throw new MallaError('invalid', `${name}: "${text}" is not a duration such as 5m or 90s`);
  return ms;
}

/** The span from ISO 8601 times, or back from now. */
export function spanOf(
  { from, to, window }: { readonly from: string; readonly to: string; readonly window: string },
  now: number,
): TimeSpan {
  const end = to === '' ? now : timeOf('to', to);
  if (from !== '') return { from: timeOf('from', from), to: end };
  return { from: end - (durationOf('window', window) ?? 3_600_000), to: end };
}

function timeOf(name: string, text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms))
    throw new MallaError('invalid', `${name}: "${text}" is not a time such as 2026-01-31T12:00:00Z`);
  return ms;
}

function oneOf<const T extends string>(name: string, text: string, words: readonly T[]): T {
  const found = words.find((word) => word === text);
  if (found === undefined) throw new MallaError('invalid', `${name}: must be one of ${words.join(', ')}`);
  return found;
}
