import { SteadyLoad } from './steady-load.ts';

export interface RunLoadParams {
  /** Called in turn. */
  readonly urls: readonly string[];
  /** Of all of them together. */
  readonly perSecond: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly report: (line: string) => void;
  /** Between two reports, in milliseconds; default half a minute. */
  readonly reportEveryMs?: number;
}

/** A load that ends when it is told to. */
export interface RunningLoad {
  stop(): Promise<void>;
}

/** Reasons in a report, the most frequent first. */
const reasonsTold = 3;

/** Sends steady load for ever and reports what became of it. A status below 500 is an answer: what policies refuse is no failure of the mesh. */
export function runLoad(params: RunLoadParams): RunningLoad {
  const { urls, perSecond, headers = {}, report, reportEveryMs = 30_000 } = params;
  const loads = urls.map((url) =>
    new SteadyLoad({
      url,
      headers,
      perSecond: perSecond / urls.length,
      good: (status) => status > 0 && status < 500,
    }).start(),
  );
  let before = 0;
  const tell = (): void => {
    const sent = loads.reduce((sum, load) => sum + load.sent, 0);
    const failures = loads.flatMap((load) => load.takeFailures());
    report(`${sent - before} requests, ${failures.length} failed${reasonsOf(failures.map(({ reason }) => reason))}`);
    before = sent;
  };
  const timer = setInterval(tell, reportEveryMs);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(loads.map((load) => load.stop()));
      tell();
    },
  };
}

function reasonsOf(reasons: readonly string[]): string {
  const counts = Map.groupBy(reasons, (reason) => reason);
  const most = [...counts].sort(([, a], [, b]) => b.length - a.length).slice(0, reasonsTold);
  return most.length === 0 ? '' : `: ${most.map(([reason, all]) => `${reason} (${all.length})`).join(', ')}`;
}
