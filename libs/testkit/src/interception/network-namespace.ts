import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

/** A user inside a namespace, by number; the group has the same number. */
export type UserId = number;

/** The user that interception takes for the proxy's own. */
export const proxyUser: UserId = 1337;

/** No command of the set-up takes longer; iptables may wait for its lock. */
const commandTimeoutMs = 20_000;

/** A Linux network namespace with a random name; disposing deletes it with every interface in it. Needs root and `ip`. */
export class NetworkNamespace implements Disposable {
  readonly name: string;

  constructor(purpose: string) {
    this.name = `malla-${purpose}-${randomBytes(4).toString('hex')}`;
    execute(['ip', 'netns', 'add', this.name]);
    try {
      this.run(['ip', 'link', 'set', 'lo', 'up']);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** The command line that runs a command in here, by default as the caller. It replaces itself by the command: same pid. */
  command(args: readonly string[], user?: UserId): [string, ...string[]] {
    const as = user === undefined ? [] : [`--setuid=${user}`, `--setgid=${user}`];
    return ['nsenter', `--net=/run/netns/${this.name}`, ...as, '--', ...args];
  }

  /** Runs a command to its end and gives its output. @throws Error when it fails or hangs */
  run(args: readonly string[], input = ''): string {
    return execute(this.command(args), input);
  }

  /** Joins two namespaces by a cable; each end gets its addresses (CIDR). `index` tells cables of a namespace apart. */
  join(index: number, addresses: readonly string[], peer: NetworkNamespace, peerAddresses: readonly string[]): void {
    const end = `to${index}`;
    const ends = ['peer', 'name', end, 'netns', peer.name];
    execute(['ip', 'link', 'add', end, 'netns', this.name, 'type', 'veth', ...ends]);
    this.#configure(end, addresses);
    peer.#configure(end, peerAddresses);
  }

  /** Sends everything that no other route takes over a cable. */
  routeAllOver(index: number): void {
    for (const family of ['-4', '-6']) this.run(['ip', family, 'route', 'add', 'default', 'dev', `to${index}`]);
  }

  [Symbol.dispose](): void {
    spawnSync('ip', ['netns', 'delete', this.name], { timeout: commandTimeoutMs });
  }

  #configure(device: string, addresses: readonly string[]): void {
    this.run(['ip', 'link', 'set', device, 'up']);
    // Nobody else has the address: no waiting for duplicates.
    for (const address of addresses)
      this.run(['ip', 'address', 'add', address, 'dev', device, ...(address.includes(':') ? ['nodad'] : [])]);
  }
}

function execute([program = '', ...args]: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    input,
    encoding: 'utf8',
    timeout: commandTimeoutMs,
  });
  if (status === 0) return stdout;
  throw new Error(`${program} ${args.join(' ')}: ${stderr}`, { cause: error });
}
