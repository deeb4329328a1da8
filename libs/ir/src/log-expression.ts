import { celTypes, compileCel, mapOf, CelCompileError, CelError, type CelLookup, type CelType } from '@malla/cel';

const { string, int, uint, bool, duration, timestamp } = celTypes;

const certificates = {
  subject_local_certificate: string,
  subject_peer_certificate: string,
  uri_san_local_certificate: string,
  uri_san_peer_certificate: string,
} as const;

/**
 * The attributes that expressions about a request or a connection may name: those of Envoy's that both data planes tell alike.
 * Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/intro/arch_overview/advanced/attributes
 */
export const logAttributes = {
  request: {
    path: string,
    url_path: string,
    host: string,
    scheme: string,
    method: string,
    headers: mapOf(string),
    referer: string,
    useragent: string,
    id: string,
    protocol: string,
    query: string,
    size: int,
    time: timestamp,
    duration,
  },
  response: { code: int, code_details: string, grpc_status: int, headers: mapOf(string), size: int },
  source: { address: string, port: int },
  destination: { address: string, port: int },
  connection: { mtls: bool, requested_server_name: string, tls_version: string, ...certificates },
  upstream: { address: string, port: int, tls_version: string, request_attempt_count: uint, ...certificates },
  xds: { cluster_name: string, route_name: string },
} as const satisfies Readonly<Record<string, Readonly<Record<string, CelType>>>>;

/** The attributes of one entry, by group and name. A value that is missing is undefined. */
export type LogAttributeValues = Readonly<Record<keyof typeof logAttributes, CelLookup>>;

/** What an expression gives: a condition, or the value of a label. */
export type LogExpressionUse = 'condition' | 'label';

/** A compiled expression. */
export interface LogExpression {
  /** Undefined where an attribute or a key that it needs is missing, and where a step has no result, as of 1 / 0. */
  evaluate(values: LogAttributeValues): string | number | boolean | undefined;
}

/** What Envoy's CEL has without further settings; other functions would make it refuse a whole listener. */
const dialect = {
  functions: new Set(['startsWith', 'endsWith', 'contains', 'matches', 'int', 'duration', 'timestamp']),
  joins: false,
  failsOnMatch: true,
  patternProblem,
};

/**
 * Envoy takes regular expressions of 100 instructions of RE2's at most. Their number is not ours to know, so this errs on the safe side: a byte takes one, what
 * stands for most of Unicode a dozen; counted repetitions, which take more than they are long, and flags are not taken.
 */
function patternProblem(pattern: string): string | undefined {
  if (/\{|\(\?(?!:)|\\[pPC]|\[:\^/.test(pattern))
    return 'repetitions by number, flags and classes of Unicode are not supported';
  const wide = pattern.match(/\.|\[\^|\\[DWS]/g)?.length ?? 0;
  const bytes = new TextEncoder().encode(pattern).length;
  return bytes + 11 * wide > 90 ? 'the regular expression is too large' : undefined;
}

const groups = Object.keys(logAttributes) as (keyof typeof logAttributes)[];
const variables = groups.map((group) => [group, objectType(logAttributes[group])] as const);
/** Loops are not in the dialect: what is left costs no more than its text is long, and a header may have. */
const maxCost = 1_000_000;

function objectType(fields: Readonly<Record<string, CelType>>): CelType {
  return { kind: 'object', field: (name) => (Object.hasOwn(fields, name) ? fields[name] : undefined) };
}

/** Compiles an expression. @throws Error naming what {@link logExpressionProblem} tells */
export function compileLogExpression(text: string, use: LogExpressionUse): LogExpression {
  const { type, evaluate } = compileCel(text, variables, dialect);
  if (use === 'condition' && type.kind !== 'bool') throw new CelCompileError(`it gives ${type.kind}, not a condition`);
  if (use === 'label' && !['string', 'int', 'uint', 'bool'].includes(type.kind))
    throw new CelCompileError(`it gives ${type.kind}, which is no text`);
  return {
    evaluate(values) {
      try {
        const slots = groups.map((group) => values[group]);
        return evaluate(slots, { left: maxCost }) as string | number | boolean;
      } catch (error) {
        if (error instanceof CelError) return undefined;
        throw error;
      }
    },
  };
}

/** What both data planes cannot evaluate of an expression in CEL; undefined if they can. */
export function logExpressionProblem(text: string, use: LogExpressionUse): string | undefined {
  // It stands between percent signs, in one line.
  if (use === 'label' && /[%\n]/.test(text)) return 'a percent sign or line feed is in it';
  try {
    compileLogExpression(text, use);
    return undefined;
  } catch (thrown) {
    return (thrown instanceof Error ? thrown.message : String(thrown)).split('\n', 1)[0];
  }
}

/**
 * The value of a label, as Telemetry writes it, so that both data planes can evaluate it: a label is a text in any case, so that `string(x)` as a whole is
 * the same as `x`, which alone Envoy knows.
 */
export function labelExpression(text: string): string {
  const oneLine = text.trim().replaceAll(/\s*\n\s*/g, ' ');
  const inner = /^string\s*\((.*)\)$/.exec(oneLine)?.[1]?.trim();
  return inner !== undefined && logExpressionProblem(inner, 'label') === undefined ? inner : oneLine;
}

/**
 * Envoy's command for the value of an expression; `-` where it has none.
 * @param maxLength bytes, beyond which it is cut off; default: no bound
 */
export function expressionCommand(expression: string, maxLength?: number): string {
  return maxLength === undefined ? `%CEL(${expression})%` : `%CEL(${expression}):${maxLength}%`;
}
