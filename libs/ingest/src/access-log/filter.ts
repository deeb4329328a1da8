import type { AccessLogFilter, AccessLogType } from '@malla/proxy-config';
import {
  ComparisonFilter_Op as Op,
  type AccessLogFilter as AccessLogFilterMessage,
  type ComparisonFilter,
} from '@malla/protos/gen/envoy/config/accesslog/v3/accesslog_pb';
import { AccessLogType as Type } from '@malla/protos/gen/envoy/data/accesslog/v3/accesslog_pb';
import {
  ExpressionFilterSchema,
  type ExpressionFilter,
} from '@malla/protos/gen/envoy/extensions/access_loggers/filters/cel/v3/cel_pb';
import { anyCase, unpack } from '../wire/any.ts';
import type { FieldReader } from '../wire/field-reader.ts';
import { readHeaderMatch } from '../wire/header-match.ts';
import { readFraction } from '../wire/percent.ts';
import { expressionProblem } from './format-text.ts';

const ops = { [Op.EQ]: 'eq', [Op.GE]: 'ge', [Op.LE]: 'le', [Op.NE]: 'ne' } as const;

/** Types that are logged here; a filter for others would never let anything through. */
const types: Readonly<Record<number, AccessLogType>> = {
  [Type.NotSet]: 'NotSet',
  [Type.TcpUpstreamConnected]: 'TcpUpstreamConnected',
  [Type.TcpConnectionEnd]: 'TcpConnectionEnd',
  [Type.DownstreamEnd]: 'DownstreamEnd',
};

/** Which entries are logged. */
export function readLogFilter(reader: FieldReader<AccessLogFilterMessage>): AccessLogFilter | undefined {
  return reader.oneof<'filterSpecifier', AccessLogFilter | undefined>('filterSpecifier', {
    statusCodeFilter: (filter) => {
      const { op, value } = readComparison(filter.message('comparison'));
      return { kind: 'status-code', op, value };
    },
    durationFilter: (filter) => {
      const { op, value } = readComparison(filter.message('comparison'));
      return { kind: 'duration', op, ms: value };
    },
    notHealthCheckFilter: () => ({ kind: 'not-health-check' }),
    runtimeFilter: (filter) => {
      // The key could override the share; there is no runtime here. Each logger rolls its own dice anyway.
      filter.ignore('runtimeKey', 'useIndependentRandomness');
      return { kind: 'random', percent: readFraction(filter.message('percentSampled')) ?? 0 };
    },
    andFilter: (filter) => ({ kind: 'and', of: readAll(filter.messages('filters')) }),
    orFilter: (filter) => ({ kind: 'or', of: readAll(filter.messages('filters')) }),
    headerFilter: (filter) => {
      const header = filter.message('header');
      return header && { kind: 'header', header: readHeaderMatch(header) };
    },
    extensionFilter: (filter) => {
      filter.ignore('name');
      return filter.oneof<'configType', AccessLogFilter | undefined>('configType', {
        typedConfig: (any) => unpack<AccessLogFilter>(any, [anyCase(ExpressionFilterSchema, readExpression)]),
      });
    },
    responseFlagFilter: (filter) => ({ kind: 'response-flag', flags: filter.take('flags') }),
    logTypeFilter: (filter) => {
      const named = filter.take('types').map((type) => {
        const name = types[type];
        if (name === undefined) filter.refuse('types', `${Type[type] ?? type} is not logged`);
        return name ?? 'NotSet';
      });
      return { kind: 'log-type', types: named, exclude: filter.take('exclude') };
    },
  });
}

function readExpression(filter: FieldReader<ExpressionFilter>): AccessLogFilter {
  const expression = filter.take('expression');
  const problem = expressionProblem(expression, 'condition');
  if (problem !== undefined) filter.refuse('expression', problem);
  return { kind: 'expression', expression };
}

function readAll(readers: readonly FieldReader<AccessLogFilterMessage>[]): AccessLogFilter[] {
  return readers.map(readLogFilter).filter((filter) => filter !== undefined);
}

function readComparison(reader: FieldReader<ComparisonFilter> | undefined) {
  const value = reader?.message('value');
  // Names a runtime key that could override the value; there is no runtime here.
  value?.ignore('runtimeKey');
  return { op: reader?.choice('op', ops) ?? ('eq' as const), value: value?.take('defaultValue') ?? 0 };
}
