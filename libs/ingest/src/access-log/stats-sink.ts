import type { AccessLogConfig, StatRule } from '@malla/proxy-config';
import {
  Config_Histogram_Unit as Unit,
  type Config,
  type Config_Counter,
  type Config_Histogram,
  type Config_Stat,
} from '@malla/protos/gen/envoy/extensions/access_loggers/stats/v3/stats_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readFormat } from './format-text.ts';

const units = {
  [Unit.Unspecified]: 'unspecified',
  [Unit.Bytes]: 'bytes',
  [Unit.Microseconds]: 'microseconds',
  [Unit.Milliseconds]: 'milliseconds',
  [Unit.Percent]: 'percent',
} as const;

/** Counters and histograms with labels from each entry. */
export function readStatsSink(reader: FieldReader<Config>): AccessLogConfig['sink'] {
  const scope = reader.message('statsScope');
  const old = reader.take('statPrefix');
  const prefix = scope?.take('prefix') ?? '';
  const maxCounters = scope?.take('maxCounters');
  const maxHistograms = scope?.take('maxHistograms');
  if (old !== '' && scope) reader.refuse('statPrefix', 'must not be set with stats_scope');
  return {
    kind: 'stats',
    prefix: scope ? prefix : old,
    counters: reader.messages('counters').map(readCounter),
    histograms: reader.messages('histograms').map(readHistogram),
    ...(maxCounters !== undefined && { maxCounters }),
    ...(maxHistograms !== undefined && { maxHistograms }),
  };
}

function readCounter(reader: FieldReader<Config_Counter>): StatRule {
  const fixed = reader.take('valueFixed');
  const format = readFormat(reader.take('valueFormat'), (problem) => reader.refuse('valueFormat', problem));
  if ((fixed === undefined) === (format === '')) {
    reader.reading.report(reader.path, 'must have either value_fixed or value_format');
  }
  return { ...readStat(reader.message('stat')), value: fixed === undefined ? format : Number(fixed) };
}

function readHistogram(reader: FieldReader<Config_Histogram>): StatRule {
  const value = readFormat(reader.take('valueFormat'), (problem) => reader.refuse('valueFormat', problem));
  const unit = reader.choice('unit', units);
  return { ...readStat(reader.message('stat')), value, ...(unit && { unit }) };
}

function readStat(reader: FieldReader<Config_Stat> | undefined): Pick<StatRule, 'name' | 'tags'> {
  if (!reader) return { name: '', tags: [] };
  return {
    name: reader.take('name'),
    tags: reader.messages('tags').map((tag) => {
      const format = readFormat(tag.take('valueFormat'), (problem) => tag.refuse('valueFormat', problem));
      return { name: tag.take('name'), format };
    }),
  };
}
