import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';

/** Where one job of the scrape configuration finds its targets, with their labels. */
export type Targets = readonly {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}[];

export interface PrometheusParams {
  /** Folder of our configuration: the scrape configuration and `rules`. */
  readonly source: string;
  /** Its own. */
  readonly folder: string;
  readonly port: number;
  /** By job, in the place of what the configuration finds by names. */
  readonly targets: Readonly<Record<string, Targets>>;
}

/** A sample of an instant query. */
export interface QuerySample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface RuleState {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

/** A real Prometheus with our configuration, but for addresses and intervals. */
export class PrometheusServer {
  readonly #url: string;
  readonly #process: ChildProcess;

  private constructor(url: string, process: ChildProcess) {
    this.#url = url;
    this.#process = process;
  }

  static async start({ source, folder, port, targets }: PrometheusParams): Promise<PrometheusServer> {
    mkdirSync(folder, { recursive: true });
    cpSync(path.join(source, 'rules'), path.join(folder, 'rules'), { recursive: true });
    const configuration = withTargets(readFileSync(path.join(source, 'prometheus-compose.yaml'), 'utf8'), targets);
    writeFileSync(path.join(folder, 'prometheus.yaml'), configuration);
    const url = `http://127.0.0.1:${port}`;
    const child = spawn(
      'prometheus',
      [
        `--config.file=${path.join(folder, 'prometheus.yaml')}`,
        `--storage.tsdb.path=${path.join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=error',
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const server = new PrometheusServer(url, child);
    while (!(await server.#isReady())) {
      if (child.exitCode !== null) throw new Error(`prometheus ended with ${child.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return server;
  }

  async query(expr: string): Promise<readonly QuerySample[]> {
    const { result } = await this.#get<{ result: { metric: Record<string, string>; value: [number, string] }[] }>(
      `/api/v1/query?query=${encodeURIComponent(expr)}`,
    );
    return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  /** What Grafana's `label_values(selector, label)` asks for. */
  labelValues(label: string, selector: string): Promise<readonly string[]> {
    return this.#get(`/api/v1/label/${label}/values?match[]=${encodeURIComponent(selector)}`);
  }

  async rules(): Promise<readonly RuleState[]> {
    const { groups } = await this.#get<{ groups: { rules: RuleState[] }[] }>('/api/v1/rules');
    return groups.flatMap(({ rules }) => rules);
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGTERM');
    await ended;
  }

  async #get<T>(pathAndQuery: string): Promise<T> {
    const response = await fetch(`${this.#url}${pathAndQuery}`, { signal: AbortSignal.timeout(30_000) });
    const answer = (await response.json()) as { status: string; data: T; error?: string };
    if (answer.status !== 'success') throw new Error(`${decodeURIComponent(pathAndQuery)}: ${answer.error}`);
    return answer.data;
  }

  async #isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.#url}/-/ready`, { signal: AbortSignal.timeout(2_000) })).ok;
    } catch {
      return false;
    }
  }
}

/** Our scrape configuration with other targets, and every ten seconds. @throws Error when a job is not in it */
function withTargets(text: string, targets: PrometheusParams['targets']): string {
  const configuration = parse(text) as { global: object; scrape_configs: Record<string, unknown>[] };
  const jobs = configuration.scrape_configs.map((job) => job['job_name'] as string);
  const unknown = Object.keys(targets).filter((name) => !jobs.includes(name));
  if (unknown.length > 0) throw new Error(`no job ${unknown.join(', ')}`);
  return stringify({
    ...configuration,
    global: { scrape_interval: '10s', scrape_timeout: '10s', evaluation_interval: '10s' },
    scrape_configs: configuration.scrape_configs.map(({ dns_sd_configs: _, ...job }) => ({
      ...job,
      static_configs: targets[job['job_name'] as string],
    })),
  });
}
