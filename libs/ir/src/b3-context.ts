/** A header that a proxy sets: Envoy's format string; nothing is set where it comes to nothing. */
interface SetHeader {
  readonly header: string;
  readonly value: string;
}

const b3 = "request.headers['b3']";
const traceId = "request.headers['x-b3-traceid']";
const spanId = "request.headers['x-b3-spanid']";
const sampled = "request.headers['x-b3-sampled']";
const parent = "request.headers['traceparent']";

/**
 * `<trace>-<span>[-<decision>[-<parent>]]` in its lengths. Envoy compiles only small expressions, so nothing counts digits: ids of other lengths that add
 * up to these are a broken header, which ends in no trace.
 */
function single(traceDigits: 32 | 16): string {
  const shortest = traceDigits + 1 + 16;
  const lengths = [shortest, shortest + 2, shortest + 2 + 17].map((length) => `size(${b3}) == ${length}`);
  const pattern = '^[0-9a-f]+-[0-9a-f]+(-[01d](-[0-9a-f]+)?)?$';
  return `'b3' in request.headers && (${lengths.join(' || ')}) && ${b3}.matches('${pattern}')`;
}

const several = [
  `'x-b3-traceid' in request.headers && 'x-b3-spanid' in request.headers`,
  `(size(${traceId}) == 32 || size(${traceId}) == 16) && ${traceId}.matches('^[0-9a-f]+$')`,
  `size(${spanId}) == 16 && ${spanId}.matches('^[0-9a-f]+$')`,
].join(' && ');

/** Text where a condition holds; then the first characters of such a text. */
const when = (condition: string, text: string): string => `%CEL(${condition} ? (${text}) : '')%`;

const shortened = (command: string, length: number): string => `${command.slice(0, -1)}:${length}%`;

/**
 * What a proxy with tracers for W3C's headers alone does to continue traces that arrive with B3 headers (the one `b3`, or several `x-b3-...`), and to pass
 * them on: `continues` before a span is made, `tells` before the request leaves. traceparent wins over b3, and that over x-b3. Trace ids of
 * 64 bits get zeros in front; a trace without a decision counts as sampled. B3 headers leave only where they came.
 * Source: https://github.com/openzipkin/b3-propagation ; Envoy issue 39412
 */
export const b3Context = {
  /** Name of both extensions. */
  name: 'malla.b3',
  /** Each only where the header is not there. */
  continues: [
    {
      header: 'traceparent',
      value: [
        when(single(32), "'00-'"),
        shortened(when(single(32), b3), 49),
        when(single(32), `${b3}.matches('^[^-]+-[^-]+-0') ? '-00' : '-01'`),
      ].join(''),
    },
    {
      header: 'traceparent',
      value: [
        when(single(16), "'00-0000000000000000'"),
        shortened(when(single(16), b3), 33),
        when(single(16), `${b3}.matches('^[^-]+-[^-]+-0') ? '-00' : '-01'`),
      ].join(''),
    },
    {
      header: 'traceparent',
      value: [
        when(several, "'00-'"),
        when(`${several} && size(${traceId}) == 16`, "'0000000000000000'"),
        when(several, traceId),
        when(several, "'-'"),
        when(several, spanId),
        when(several, `'x-b3-sampled' in request.headers && ${sampled} == '0' ? '-00' : '-01'`),
      ].join(''),
    },
  ] satisfies readonly SetHeader[],
  /** Each only where the header is there already. */
  tells: [
    {
      header: 'b3',
      value: `%TRACE_ID%-%SPAN_ID%${when("'traceparent' in request.headers", `${parent}.matches('[02468ace]$') ? '-0' : '-1'`)}`,
    },
    { header: 'x-b3-traceid', value: '%TRACE_ID%' },
    { header: 'x-b3-spanid', value: '%SPAN_ID%' },
    {
      header: 'x-b3-sampled',
      value: when("'traceparent' in request.headers", `${parent}.matches('[02468ace]$') ? '0' : '1'`),
    },
  ] satisfies readonly SetHeader[],
  /** What would tell of a span before. */
  removed: 'x-b3-parentspanid',
} as const;
