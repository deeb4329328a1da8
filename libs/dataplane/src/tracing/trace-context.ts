import type { HeaderList } from '@malla/http-codec';

/** Which span a request belongs to, as its caller tells it. */
export interface TraceContext {
  /** 32 and 16 lower-case hexadecimal digits. */
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
  /** W3C's tracestate; empty without. */
  readonly state: string;
}

/** What one walk over a request's fields found; positions, -1 for none. */
const found = { traceparent: -1, tracestate: -1, b3: -1, traceId: -1, spanId: -1, sampled: -1 };

/**
 * The caller's context: `none` without one, `broken` when traceparent is there and cannot be read: such a request is not traced at all, as in Envoy. With
 * `b3` a request without traceparent may tell it by B3 headers (see `b3Context` of `@malla/ir`).
 * Source: https://www.w3.org/TR/trace-context/ ; Envoy's SpanContextExtractor
 */
export function readTraceContext({ names, values }: HeaderList, b3: boolean): TraceContext | 'none' | 'broken' {
  scan(names);
  const state = found.tracestate < 0 ? '' : joined(names, values, 'tracestate');
  if (found.traceparent >= 0) return ofTraceparent(values[found.traceparent] as string, state);
  if (!b3) return 'none';
  const at = (position: number): string | undefined => (position < 0 ? undefined : values[position]);
  return (
    ofB3(at(found.b3), state) ?? ofSeveral(at(found.traceId), at(found.spanId), at(found.sampled), state) ?? 'none'
  );
}

const traceparent = /^[0-9a-fA-F]{2}-([0-9a-fA-F]{32})-([0-9a-fA-F]{16})-[0-9a-fA-F]([0-9a-fA-F])$/;

function ofTraceparent(text: string, state: string): TraceContext | 'broken' {
  const match = traceparent.exec(text);
  if (match === null) return 'broken';
  const [, traceId = '', spanId = '', flags = '0'] = match;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return 'broken';
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1, state };
}

const single = /^(?:([0-9a-f]{16})?([0-9a-f]{16}))-([0-9a-f]{16})(?:-([01d])(?:-[0-9a-f]{16})?)?$/;

function ofB3(text: string | undefined, state: string): TraceContext | undefined {
  const match = text === undefined ? null : single.exec(text);
  if (match === null) return undefined;
  const [, high = zeros, low = '', spanId = '', decision] = match;
  return { traceId: high + low, spanId, sampled: decision !== '0', state };
}

function ofSeveral(
  traceId: string | undefined,
  spanId: string | undefined,
  decision: string | undefined,
  state: string,
): TraceContext | undefined {
  if (traceId === undefined || spanId === undefined) return undefined;
  if (!/^([0-9a-f]{16}){1,2}$/.test(traceId) || !/^[0-9a-f]{16}$/.test(spanId)) return undefined;
  return { traceId: traceId.padStart(32, '0'), spanId, sampled: decision !== '0', state };
}

const zeros = '0'.repeat(16);

/** Only names that begin with the letters of these headers are looked at closely. */
function scan(names: readonly string[]): void {
  found.traceparent = found.tracestate = found.b3 = found.traceId = found.spanId = found.sampled = -1;
  for (let i = names.length - 1; i >= 0; i--) {
    const name = names[i] as string;
    const first = name.charCodeAt(0);
    if (first === 0x74) {
      if (name === 'traceparent') found.traceparent = i;
      else if (name === 'tracestate') found.tracestate = i;
    } else if (first === 0x62) {
      if (name === 'b3') found.b3 = i;
    } else if (first === 0x78 && name.startsWith('x-b3-')) {
      if (name === 'x-b3-traceid') found.traceId = i;
      else if (name === 'x-b3-spanid') found.spanId = i;
      else if (name === 'x-b3-sampled') found.sampled = i;
    }
  }
}

function joined(names: readonly string[], values: readonly string[], name: string): string {
  return values.filter((_, i) => names[i] === name).join(',');
}

/** Tells the next hop of a span: in W3C's headers, and with `b3` in those B3 headers that the request came with. */
export function writeTraceContext(
  headers: HeaderList,
  { traceId, spanId, sampled, state }: TraceContext,
  b3: boolean,
): void {
  headers.set('traceparent', `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`);
  if (state !== '') headers.set('tracestate', state);
  if (!b3) return;
  const flag = sampled ? '1' : '0';
  if (headers.has('b3')) headers.set('b3', `${traceId}-${spanId}-${flag}`);
  if (!headers.has('x-b3-traceid')) return;
  headers.set('x-b3-traceid', traceId);
  if (headers.has('x-b3-spanid')) headers.set('x-b3-spanid', spanId);
  if (headers.has('x-b3-sampled')) headers.set('x-b3-sampled', flag);
  headers.remove('x-b3-parentspanid');
}
