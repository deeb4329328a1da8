import { readFileSync } from 'node:fs';
import { messageOf, UsageError } from '../failure.ts';
import { toJson, toYaml } from '../output/print-data.ts';
import type { CommandInput } from '../command.ts';
import { withServer } from './connect.ts';
import type { ProxyList } from './proxy-status.ts';

export interface VersionOptions {
  readonly remote?: boolean;
  readonly short?: boolean;
  readonly output?: 'table' | 'json' | 'yaml';
}

interface Versions {
  readonly clientVersion: string;
  controlPlaneVersion?: string;
  /** Proxies by version and data plane, such as `0.1.0 (envoy)`. */
  dataPlaneVersions?: Readonly<Record<string, number>>;
}

/** `version`: of this program, and of the mesh when a server is configured; with --remote its absence is a failure. */
export async function version(input: CommandInput<VersionOptions>): Promise<void> {
  const { options, terminal } = input;
  const versions: Versions = { clientVersion: clientVersion() };
  try {
    if (options.remote !== false) await askServer(input, versions);
  } catch (thrown) {
    if (options.remote === true) throw thrown;
    if (!(thrown instanceof UsageError)) terminal.err(`warning: ${messageOf(thrown)}\n`);
  }
  if (options.output === 'json') return terminal.out(toJson(versions));
  if (options.output === 'yaml') return terminal.out(toYaml(versions));
  if (options.short === true)
    return terminal.out(
      `${[versions.clientVersion, versions.controlPlaneVersion].filter((v) => v !== undefined).join('\n')}\n`,
    );
  terminal.out(`client version: ${versions.clientVersion}\n`);
  if (versions.controlPlaneVersion !== undefined)
    terminal.out(`control plane version: ${versions.controlPlaneVersion}\n`);
  const proxies = Object.entries(versions.dataPlaneVersions ?? {}).map(
    ([name, count]) => `${name} (${count} ${count === 1 ? 'proxy' : 'proxies'})`,
  );
  if (versions.dataPlaneVersions !== undefined) terminal.out(`data plane version: ${proxies.join(', ') || 'none'}\n`);
}

async function askServer({ options, terminal }: CommandInput<VersionOptions>, versions: Versions): Promise<void> {
  await withServer(options, terminal, async (client) => {
    const { gitVersion } = await client.get<{ gitVersion: string }>('/version');
    // Like v1.32.0+malla-0.1.0: the version of Kubernetes' API that is spoken, and Malla's own.
    versions.controlPlaneVersion = gitVersion.replace(/^.*\+malla-/, '');
    const { items } = await client.get<ProxyList>('/apis/malla.io/v1/proxies');
    const counts: Record<string, number> = {};
    for (const proxy of items) {
      const name = `${proxy.version}${proxy.dataPlane === '' ? '' : ` ${proxy.dataPlane}`}`;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    versions.dataPlaneVersions = counts;
  });
}

/** From this project's package.json, which stands beside both src and dist. */
export function clientVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
