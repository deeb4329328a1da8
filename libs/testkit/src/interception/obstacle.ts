import { spawnSync } from 'node:child_process';
import { findProgram } from '../programs/find-program.ts';
import { proxyUser } from './network-namespace.ts';

const programs = ['ip', 'nsenter', 'unshare', 'iptables-restore', 'ip6tables-restore'];

/** Why interception can't be tried on this machine with a proxy, given by its command; undefined: it can. */
export function obstacleToInterception(proxy: readonly string[] | undefined): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  const missing = programs.filter((name) => findProgram({ variable: '', names: [name] }) === undefined);
  if (proxy === undefined) missing.push('envoy');
  if (missing.length > 0) return `needs ${missing.join(', ')}`;
  const [command, ...options] = proxy as [string, ...string[]];
  const as = { uid: proxyUser, gid: proxyUser, timeout: 20_000 };
  const { status } = spawnSync(command, [...options, '--version'], as);
  if (status !== 0) return `needs a proxy that user ${proxyUser} may run`;
  const [program, ...args] = ['unshare', '--net', 'iptables-restore', '--test'] as const;
  const test = spawnSync(program, args, { input: '*nat\nCOMMIT\n', encoding: 'utf8', timeout: 20_000 });
  return test.status === 0 ? undefined : `needs iptables in a namespace: ${test.stderr}`.trim();
}
