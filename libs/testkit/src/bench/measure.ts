import type { TemporaryFolder } from '../temporary-folder.ts';
import type { Backends } from './backends.ts';
import type { BenchCase } from './bench-case.ts';
import { generateLoad, type LoadResult } from './load.ts';
import type { ProxyProgram } from '../programs/proxy-programs.ts';
import { median } from './median.ts';
import { startMesh } from './mesh-proxies.ts';
import { startPeer } from './peers.ts';
import { cpuSeconds, residentMib } from './process-usage.ts';
import type { ProxyUnderTest } from './proxy-under-test.ts';

/** One round of load on one proxy. */
export interface Round {
  readonly proxy: string;
  readonly round: number;
  readonly cpuMicrosPerRequest: number;
  readonly requestsPerSecond: number;
  readonly residentMib: number;
  readonly errors: number;
  /** At full speed. */
  readonly p50: number;
  readonly p99: number;
  /** At half of what the slowest mesh proxy of the case can do. */
  readonly half?: { readonly p50: number; readonly p99: number };
}

export interface MeasureParams {
  readonly bench: BenchCase;
  readonly programs: readonly ProxyProgram[];
  readonly backends: Backends;
  readonly folder: TemporaryFolder;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly tell: (text: string) => void;
}

/** Measures a case: all proxies up at once, load on one after the other, again and again. */
export async function measure(params: MeasureParams): Promise<readonly Round[]> {
  const { bench, programs, backends, folder, rounds, tell } = params;
  const http2 = bench.protocol === 'http2' || bench.protocol === 'grpc';
  const place = { bench, backend: http2 ? backends.http2 : backends.http1, folder };
  const proxies: ProxyUnderTest[] = [];
  try {
    for (const program of programs) proxies.push(await startMesh(program, place));
    for (const peer of bench.peers) proxies.push(await startPeer(peer, place));
    const speeds: number[] = [];
    for (const proxy of proxies) speeds.push(await warmUp(params, proxy));
    const half = Math.min(...speeds.slice(0, programs.length)) / 2;
    const found: Round[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const proxy of proxies) found.push(await oneRound(params, { proxy, round, half }));
      tell(`  round ${round + 1} of ${rounds}`);
    }
    return found;
  } finally {
    for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
  }
}

/**
 * Requests before anything is counted. Node.js compiles what is hot while it runs: with fewer its figures are those of the compiler. Seconds alone do
 * not do on a busy machine, where a pair may serve a few hundred requests in each.
 */
const warmUpRequests = 25_000;
/** Loads of the warm-up at most, so that the slowest machine comes to an end too. What is compiled already needs one to fill its pools, and one for its speed. */
const warmUpLoads = { node: 40, compiled: 2 } as const;

/** Puts load on a proxy until it runs as it will; its speed at the end, in requests a second. */
async function warmUp(params: MeasureParams, proxy: ProxyUnderTest): Promise<number> {
  let speed = 0;
  const most = proxy.name === 'builtin' ? warmUpLoads.node : warmUpLoads.compiled;
  for (let loads = 0, served = 0; loads < most && served < warmUpRequests; loads++) {
    const { requests, seconds, errors } = await load(params, proxy, params.warmUpSeconds);
    if (errors > 0) throw new Error(`${proxy.name} failed ${errors} of ${requests} requests of ${params.bench.name}`);
    served += requests;
    speed = requests / seconds;
  }
  return speed;
}

/**
 * TCP is measured for so many times as long: the load's connections are new in each round, and over TLS 32 handshakes cost as much as thousands of
 * messages.
 */
const tcpTimes = 3;

async function oneRound(
  params: MeasureParams,
  { proxy, round, half }: { proxy: ProxyUnderTest; round: number; half: number },
): Promise<Round> {
  const pids = proxy.pids();
  const before = cpuSeconds(pids);
  const full = await enough(params, proxy, params.seconds * (params.bench.protocol === 'tcp' ? tcpTimes : 1));
  const cpu = cpuSeconds(pids) - before;
  const paced = params.bench.protocol === 'tcp' ? undefined : await load(params, proxy, params.seconds, half);
  return {
    proxy: proxy.name,
    round,
    cpuMicrosPerRequest: (cpu / full.requests) * 1e6,
    requestsPerSecond: full.requests / full.seconds,
    residentMib: residentMib(pids),
    errors: full.errors + (paced?.errors ?? 0),
    p50: full.p50,
    p99: full.p99,
    ...(paced && { half: { p50: paced.p50, p99: paced.p99 } }),
  };
}

/**
 * Requests that a round needs: what a proxy does for each second, and for each new connection of the load, is to be small beside what it does for them. On a busy
 * machine one load may have a hundred.
 */
const roundRequests = 2_000;
const roundLoads = 8;

/** Loads of so many seconds until there are enough requests. */
async function enough(params: MeasureParams, proxy: ProxyUnderTest, seconds: number): Promise<LoadResult> {
  const loads: LoadResult[] = [];
  const sum = (value: (load: LoadResult) => number): number => loads.reduce((total, each) => total + value(each), 0);
  while (loads.length < roundLoads && sum(({ requests }) => requests) < roundRequests) {
    loads.push(await load(params, proxy, seconds));
  }
  return {
    requests: sum(({ requests }) => requests),
    seconds: sum((each) => each.seconds),
    errors: sum(({ errors }) => errors),
    p50: median(loads.map(({ p50 }) => p50)),
    p99: median(loads.map(({ p99 }) => p99)),
  };
}

function load(
  { bench, folder }: MeasureParams,
  proxy: ProxyUnderTest,
  seconds: number,
  rate?: number,
): Promise<LoadResult> {
  const protocol = bench.protocol === 'tcp' ? 'http1' : bench.protocol;
  const path = bench.protocol === 'grpc' ? '/grpc' : `/${bench.body}`;
  const { keepAlive } = bench;
  return generateLoad({
    protocol,
    port: proxy.port,
    path,
    seconds,
    folder,
    keepAlive,
    ...(rate !== undefined && { rate }),
  });
}
