import { captureRules, passthroughAddress, type CaptureOptions, type IpFamily } from '@malla/inject';
import { MallaError } from '@malla/model';

/** Runs a program to its end with a text on its standard input. `failure` is what it said, or why it could not be run; undefined after success. */
export type RunProgram = (file: string, args: readonly string[], input?: string) => { readonly failure?: string };

export interface ApplyRulesParams {
  /** Families that this namespace has addresses of, besides those of loopback. */
  readonly families: readonly IpFamily[];
  readonly options: CaptureOptions;
  readonly run: RunProgram;
}

/** Which of the two variants of iptables took the rules of a family. */
export interface AppliedRules {
  readonly family: IpFamily;
  readonly variant: Variant;
}

type Variant = 'nft' | 'legacy';

/** Newest first. A kernel may have only one of them; both at once are fine, as Docker's own rules may be of the other. */
const variants: readonly Variant[] = ['nft', 'legacy'];

const programs = { ipv4: 'iptables', ipv6: 'ip6tables' } as const satisfies Record<IpFamily, string>;

/** Seconds to wait for iptables' lock, which others of the same machine may hold. */
const lockSeconds = '10';

/**
 * Makes the rules that bring the traffic of this network namespace into its proxy, for each family.
 * @throws MallaError `unavailable` with what each variant said. What was made before is left: half captured is safer than not captured.
 */
export function applyRules({ families, options, run }: ApplyRulesParams): readonly AppliedRules[] {
  return families.map((family) => {
    const address = passthroughAddress(family);
    if (address !== undefined) addLoopbackAddress(address, run);
    return { family, variant: restore(family, captureRules(family, options), run) };
  });
}

function restore(family: IpFamily, rules: string, run: RunProgram): Variant {
  const failures: string[] = [];
  for (const variant of variants) {
    const program = `${programs[family]}-${variant}-restore`;
    // Docker resolves names by rules in the same table: they must stay.
    const { failure } = run(program, ['--noflush', '--wait', lockSeconds], rules);
    if (failure === undefined) return variant;
    failures.push(`${program}: ${failure}`);
  }
  throw new MallaError(
    'unavailable',
    `the rules of ${family} cannot be made, which needs root with the capability NET_ADMIN (NET_RAW too for legacy iptables)\n${failures.join('\n')}`,
  );
}

function addLoopbackAddress(address: string, run: RunProgram): void {
  const { failure } = run('ip', ['-6', 'address', 'replace', address, 'dev', 'lo']);
  if (failure !== undefined) throw new MallaError('unavailable', `lo cannot get the address ${address}: ${failure}`);
}

/** Families of the addresses by which others reach this namespace. IPv4 always: a namespace may get its addresses later. */
export function familiesOf(addresses: readonly string[]): readonly IpFamily[] {
  return addresses.some((address) => address.includes(':')) ? ['ipv4', 'ipv6'] : ['ipv4'];
}
