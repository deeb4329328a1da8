import { readFileSync } from 'node:fs';
import type { TemporaryFolder } from '../temporary-folder.ts';
import { run } from './child.ts';

/** What a load generator counted. Latencies in milliseconds. */
export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Anything that is not the expected answer. */
  readonly errors: number;
  readonly p50: number;
  readonly p99: number;
}

export interface LoadParams {
  readonly protocol: 'http1' | 'http2' | 'grpc';
  readonly port: number;
  readonly path: string;
  readonly seconds: number;
  /** False: a connection for each request. Only at full speed of HTTP/1.1. */
  readonly keepAlive: boolean;
  /** Requests a second in all; as many as possible without. */
  readonly rate?: number;
  readonly folder: TemporaryFolder;
}

/** Load that a small machine can give beside the proxy: connections, and for HTTP/2 streams on each. */
const connections = { http1: 32, http2: 4, grpc: 4 } as const;
const streams = 8;

/** Headers of a usual browser or library, so that heads have a realistic size. */
const headers = {
  accept: 'application/json, text/plain, */*',
  'accept-encoding': 'gzip, deflate, br',
  'accept-language': 'en-GB,en;q=0.9',
  'x-request-id': '6f9619ff-8b86-d011-b42d-00c04fc964ff',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  cookie: 'session=0123456789abcdef0123456789abcdef',
} as const;

/** Generates load and counts. HTTP/1.1 at full speed by wrk, everything else by h2load. */
export async function generateLoad(params: LoadParams): Promise<LoadResult> {
  return params.protocol === 'http1' && params.rate === undefined ? wrk(params) : h2load(params);
}

async function wrk({ port, path, seconds, keepAlive }: LoadParams): Promise<LoadResult> {
  const all = { ...headers, ...(!keepAlive && { connection: 'close' }) };
  const fields = Object.entries(all).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const url = `http://127.0.0.1:${port}${path}`;
  const output = await run(['wrk', '-t1', `-c${connections.http1}`, `-d${seconds}s`, '--latency', ...fields, url]);
  const [, requests, took] = /(\d+) requests in ([\d.]+\w+)/.exec(output) ?? [];
  const failed = [...output.matchAll(/(?:connect|read|write|timeout) (\d+)/g)].map(([, count]) => Number(count));
  return {
    requests: Number(requests),
    seconds: milliseconds(took ?? '') / 1_000,
    errors: [...failed, Number(/Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? 0)].reduce((a, b) => a + b, 0),
    p50: milliseconds(/50%\s+([\d.]+\w+)/.exec(output)?.[1] ?? ''),
    p99: milliseconds(/99%\s+([\d.]+\w+)/.exec(output)?.[1] ?? ''),
  };
}

async function h2load({ protocol, port, path, seconds, rate, folder }: LoadParams): Promise<LoadResult> {
  const clients = connections[protocol];
  const log = folder.join('h2load.log');
  const body = folder.join('grpc-body');
  const grpc = { 'content-type': 'application/grpc', te: 'trailers' };
  const fields = Object.entries({ ...headers, ...(protocol === 'grpc' && grpc) });
  const output = await run([
    'h2load',
    ...(protocol === 'http1' ? ['--h1', '-m', '1'] : ['-m', String(streams)]),
    ...['-t', '1', '-c', String(clients), '-D', String(seconds), '--log-file', log],
    ...(rate === undefined ? [] : ['--rps', String(Math.max(1, Math.round(rate / clients)))]),
    ...(protocol === 'grpc' ? ['-d', body] : []),
    ...fields.flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
    `http://127.0.0.1:${port}${path}`,
  ]);
  const [, succeeded, failed, errored] = /(\d+) succeeded, (\d+) failed, (\d+) errored/.exec(output) ?? [];
  // start (us), status, time (us)
  const rows = readFileSync(log, 'utf8').trim().split('\n');
  const times = rows.map((row) => Number(row.split('\t')[2]) / 1_000).sort((a, b) => a - b);
  return {
    requests: Number(succeeded),
    seconds,
    errors: Number(failed) + Number(errored),
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
  };
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** wrk's times: `1.23ms`, `512.00us`, `3.00s`. */
function milliseconds(text: string): number {
  const [, value, unit] = /^([\d.]+)(us|ms|s|m)$/.exec(text) ?? [];
  return Number(value) * { us: 0.001, ms: 1, s: 1_000, m: 60_000 }[unit as 'us' | 'ms' | 's' | 'm'];
}
