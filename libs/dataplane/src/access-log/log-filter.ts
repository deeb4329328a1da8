import { compileHeaderMatch } from '@malla/authz';
import type { AccessLogFilter } from '@malla/proxy-config';
import { compileCondition } from './expression-operators.ts';
import { requestField } from './http-operators.ts';
import type { LogFacts } from './log-facts.ts';

/** Whether an entry is wanted. */
export type LogFilter = (facts: LogFacts) => boolean;

type Comparison = Extract<AccessLogFilter, { kind: 'status-code' }>['op'];

/** Compiles a logger's filter. `random` is in [0, 1). */
export function compileLogFilter(filter: AccessLogFilter, random: () => number): LogFilter {
  switch (filter.kind) {
    case 'and': {
      const parts = filter.of.map((part) => compileLogFilter(part, random));
      return (facts) => parts.every((wanted) => wanted(facts));
    }
    case 'or': {
      const parts = filter.of.map((part) => compileLogFilter(part, random));
      return (facts) => parts.some((wanted) => wanted(facts));
    }
    case 'status-code':
      return ({ http }) => compare(http?.status ?? 0, filter.op, filter.value);
    case 'duration':
      return ({ durationMs }) => compare(Math.trunc(durationMs), filter.op, filter.ms);
    case 'header': {
      const matches = compileHeaderMatch(filter.header);
      return ({ http }) => http !== undefined && matches({ get: (name) => requestField(http, name) });
    }
    case 'response-flag': {
      const wanted = new Set(filter.flags);
      if (wanted.size === 0) return ({ flags }) => flags !== '';
      return ({ flags }) => flags !== '' && flags.split(',').some((flag) => wanted.has(flag));
    }
    case 'not-health-check':
      // No filter of ours answers health checks, so no request is one.
      return () => true;
    case 'log-type': {
      const types = new Set(filter.types);
      return ({ type }) => types.has(type) !== filter.exclude;
    }
    case 'expression':
      return compileCondition(filter.expression);
    case 'random':
      return () => random() * 100 < filter.percent;
  }
}

/** False when a filter refuses every entry of a type, so that none need be put together. */
export function wantsType(filter: AccessLogFilter | undefined, type: LogFacts['type']): boolean {
  if (filter === undefined) return true;
  if (filter.kind === 'log-type') return filter.types.includes(type) !== filter.exclude;
  return filter.kind !== 'and' || filter.of.every((part) => wantsType(part, type));
}

function compare(value: number, op: Comparison, with_: number): boolean {
  switch (op) {
    case 'eq':
      return value === with_;
    case 'ge':
      return value >= with_;
    case 'le':
      return value <= with_;
    case 'ne':
      return value !== with_;
  }
}
