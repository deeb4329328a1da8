import { request } from 'node:http';
import { connect } from 'node:net';

/** Asks the application once. Gives a reason when it is not well. */
export type HealthProbe = (timeoutMs: number) => Promise<string | undefined>;

/** A probe of `http://host:port/path` (any 2xx or 3xx is well) or `tcp://host:port` (accepts a connection). */
export function probeOf(target: string): HealthProbe {
  const url = new URL(target);
  return url.protocol === 'tcp:' ? (timeoutMs) => tcpProbe(url, timeoutMs) : (timeoutMs) => httpProbe(url, timeoutMs);
}

function httpProbe(url: URL, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const sent = request(url, { method: 'GET', agent: false, headers: { 'user-agent': 'malla-agent' } }, (response) => {
      const status = response.statusCode ?? 0;
      response.resume();
      done(status >= 200 && status < 400 ? undefined : `answered ${status}`);
    });
    const timer = setTimeout(() => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    const done = (reason: string | undefined): void => {
      clearTimeout(timer);
      resolve(reason);
    };
    sent.on('error', (error) => done(error.message));
    sent.end();
  });
}

function tcpProbe(url: URL, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) });
    const done = (reason: string | undefined): void => {
      socket.destroy();
      resolve(reason);
    };
    socket.setTimeout(timeoutMs, () => done(`no connection within ${timeoutMs} ms`));
    socket.on('connect', () => done(undefined));
    socket.on('error', (error) => done(error.message));
  });
}

export interface AppHealthParams {
  readonly probe: HealthProbe;
  /** Between two checks, and the longest that one may take. Milliseconds. */
  readonly intervalMs: number;
  /** Failures in a row before the application counts as unhealthy. */
  readonly failures: number;
  /** Called on each change; the reason is undefined when it is well. */
  readonly onChange: (reason: string | undefined) => void;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Checks the application in turns. Unhealthy until the first check succeeds; one success makes it healthy again. */
export async function watchAppHealth(params: AppHealthParams, signal: AbortSignal): Promise<void> {
  let last: string | undefined | null = null;
  for (let failed = 0; !signal.aborted; await params.sleep(params.intervalMs, signal)) {
    const reason = await params.probe(params.intervalMs);
    failed = reason === undefined ? 0 : failed + 1;
    const settled = reason === undefined || failed >= params.failures || last === null;
    if (signal.aborted || !settled || reason === last) continue;
    last = reason;
    params.onChange(reason);
  }
}
