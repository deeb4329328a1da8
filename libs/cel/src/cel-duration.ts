import { CelDuration, CelError } from './cel-value.ts';

const nanoseconds: Readonly<Record<string, number>> = {
  h: 3_600_000_000_000,
  m: 60_000_000_000,
  s: 1_000_000_000,
  ms: 1_000_000,
  us: 1_000,
  µs: 1_000,
  μs: 1_000,
  ns: 1,
};
const whole = /^[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:h|ms|m|s|us|µs|μs|ns))+$/;
const part = /(\d*)\.?(\d*)(h|ms|m|s|us|µs|μs|ns)/g;

/** Go keeps a duration in 63 bits of nanoseconds. */
const longest = 2 ** 63;

/** A duration in Go's notation, with sign and fractions. Throws {@link CelError} for anything else. Source: Go, time.ParseDuration */
export function celDuration(text: string): CelDuration {
  const unsigned = text.replace(/^[-+]/, '');
  if (unsigned === '0') return new CelDuration(0);
  if (!whole.test(text)) throw new CelError(`${JSON.stringify(text.slice(0, 60))} is not a duration`);
  let total = 0;
  for (const [, digits = '', fraction = '', unit = ''] of unsigned.matchAll(part)) {
    const scale = nanoseconds[unit] as number;
    total += Number(digits) * scale + Math.floor(Number(`0.${fraction || '0'}`) * scale + 1e-6);
  }
  if (total > longest) throw new CelError('the duration is too long');
  return new CelDuration(text.startsWith('-') ? -total : total);
}
