import { resolve } from 'node:path';
import { parseDuration } from '@malla/model';
import { z } from 'zod';
import { PrivateText } from '@malla/ir';

/** A schema that reads one setting from its text form; its `description` is that form in a few words, see {@link formOf}. */
export type TextSchema<T> = z.ZodType<T, string>;

/** How a setting's value is written: `duration`, `port`, `host:port`; `text` if its schema does not say. */
export function formOf(schema: TextSchema<unknown>): string {
  if (schema.description !== undefined) return schema.description;
  return schema instanceof z.ZodPipe ? formOf(schema.in as TextSchema<unknown>) : 'text';
}

/** A host and a port. IPv6 hosts are held without brackets. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** The smallest and the largest value, both included. */
interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/** Any text that is not empty. */
export function text(): TextSchema<string> {
  return z.string().min(1, { error: 'must not be empty' }).describe('text');
}

/** `true` or `false`; a flag without a value means true. */
export function bool(): TextSchema<boolean> {
  return z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .transform((value) => value === 'true')
    .describe('true or false');
}

/** A whole number within bounds, both included. */
export function integer(bounds: Bounds = {}): TextSchema<number> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = bounds;
  return z
    .string()
    .regex(/^-?\d{1,16}$/, { error: 'must be a whole number' })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error: boundsMessage(min, max) })
    .describe(`number${boundsText(bounds, String)}`);
}

/** A TCP port. 0 asks the system for a free one, which tests and tools use. */
export function port(): TextSchema<number> {
  return integer({ min: 0, max: 65_535 }).describe('port');
}

/** A duration in Go's notation (500ms, 10s, 1h30m), held in milliseconds. Bounds are in milliseconds too. */
export function duration(bounds: Bounds = {}): TextSchema<number> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = bounds;
  const schema = z.string().transform((value, context) => {
    const ms = parseDuration(value);
    if (ms === undefined) return fail(context, 'must be a duration such as 500ms, 10s, 5m or 1h30m');
    if (ms < min) return fail(context, `must be at least ${formatDuration(min)}`);
    if (ms > max) return fail(context, `must be at most ${formatDuration(max)}`);
    return ms;
  });
  return schema.describe(`duration${boundsText(bounds, formatDuration)}`);
}

/** One of a fixed set of words. */
export function choice<const T extends readonly [string, ...string[]]>(words: T): TextSchema<T[number]> {
  return z.enum(words, { error: `must be one of ${words.join(', ')}` }).describe(words.join(', '));
}

/** A path of a file or folder, made absolute against the working directory. */
export function path(): TextSchema<string> {
  return text()
    .transform((value) => resolve(value))
    .describe('path');
}

/** A `host:port` pair; IPv6 hosts stand in brackets: `[::1]:15012`. */
export function hostPort(): TextSchema<HostPort> {
  return z
    .string()
    .transform((value, context) => parseHostPort(value) ?? fail(context, `"${value}" must be host:port`))
    .describe('host:port');
}

/** One or more `host:port` pairs, separated by commas. */
export function hostPortList(): TextSchema<readonly HostPort[]> {
  const schema = z.string().transform((value, context) => {
    const pairs: HostPort[] = [];
    for (const part of value.split(',')) {
      const pair = parseHostPort(part.trim());
      if (pair === undefined) return fail(context, `"${part.trim()}" must be host:port`);
      pairs.push(pair);
    }
    return pairs;
  });
  return schema.describe('host:port,...');
}

/** Words separated by commas; empty ones are dropped. */
export function list(): TextSchema<readonly string[]> {
  const words = (value: string) => value.split(',').map((part) => part.trim());
  return z
    .string()
    .transform((value) => words(value).filter((part) => part !== ''))
    .describe('word,...');
}

/** `key=value` pairs separated by commas, such as labels. */
export function pairs(): TextSchema<Readonly<Record<string, string>>> {
  const schema = z.string().transform((value, context) => {
    const entries: [string, string][] = [];
    for (const part of value.split(',').filter((each) => each.trim() !== '')) {
      const equals = part.indexOf('=');
      if (equals < 1) return fail(context, `"${part.trim()}" must be key=value`);
      entries.push([part.slice(0, equals).trim(), part.slice(equals + 1).trim()]);
    }
    return Object.fromEntries(entries);
  });
  return schema.describe('key=value,...');
}

/** An absolute URL with one of the given schemes, such as `redis`. */
export function url(schemes: readonly string[]): TextSchema<string> {
  const beginnings = schemes.map((scheme) => `${scheme}://`);
  return z
    .string()
    .refine((value) => URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1)), {
      error: `must be a URL that begins with ${beginnings.join(' or ')}`,
    })
    .describe(beginnings.map((beginning) => `${beginning}...`).join(' or '));
}

/** A secret; see {@link PrivateText}. */
export function secret(): TextSchema<PrivateText> {
  return text()
    .transform((value) => new PrivateText(value))
    .describe('secret text');
}

/** Reads `host:port`; undefined if it is not one. */
export function parseHostPort(value: string): HostPort | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/,]+)):(\d{1,5})$/.exec(value);
  const host = match?.[1] ?? match?.[2];
  const portNumber = Number(match?.[3]);
  if (host === undefined || portNumber > 65_535) return undefined;
  return { host, port: portNumber };
}

/** Writes `host:port`, with brackets around IPv6 hosts. */
export function formatHostPort({ host, port: portNumber }: HostPort): string {
  return host.includes(':') ? `[${host}]:${portNumber}` : `${host}:${portNumber}`;
}

/** The shortest exact text of a duration in milliseconds: 90000 is `90s`, 3600000 is `1h`. */
export function formatDuration(ms: number): string {
  for (const [unit, size] of [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const) {
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}

function boundsText({ min, max }: Bounds, format: (value: number) => string): string {
  if (min !== undefined && max !== undefined) return `, ${format(min)} to ${format(max)}`;
  if (min !== undefined) return `, at least ${format(min)}`;
  return max === undefined ? '' : `, at most ${format(max)}`;
}

function boundsMessage(min: number, max: number): string {
  if (max === Number.MAX_SAFE_INTEGER) return `must be at least ${min}`;
  if (min === Number.MIN_SAFE_INTEGER) return `must be at most ${max}`;
  return `must be between ${min} and ${max}`;
}

function fail(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}
