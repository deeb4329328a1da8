import { allFields } from './coverage.ts';
import type { DescribedCase } from './case-schema.ts';
import { runCase } from './run-case.ts';
import type { World } from './world.ts';

/** Fields and values whose absence means the same, each with its reason: no case can notice that they are gone. */
export const unnoticeable: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  {
    pattern: /^Service\.spec\.(type|ports\[\]\.protocol)(=|$)/,
    reason: 'one value of it is enforced, which is the default',
  },
  { pattern: /^Secret\.(type|immutable)$/, reason: 'tells validation and the API something, not proxies' },
  { pattern: /^Gateway\..*tls\.mode=PASSTHROUGH$/, reason: 'the default' },
  { pattern: /^ServiceEntry\.spec\.location=MESH_EXTERNAL$/, reason: 'the default' },
  { pattern: /^Gateway\..*\.minProtocolVersion=(TLS_AUTO|TLSV1_2)$/, reason: 'the default' },
  { pattern: /^Gateway\..*\.maxProtocolVersion=(TLS_AUTO|TLSV1_3)$/, reason: 'the default' },
  { pattern: /^Gateway\.spec\.servers\[\]\.port\.name$/, reason: 'required; tells HTTPS servers of one port apart' },
  { pattern: /\.redirect\.derivePort=FROM_PROTOCOL_DEFAULT$/, reason: 'the default' },
  { pattern: /\.loadBalancer\.simple=(UNSPECIFIED|LEAST_REQUEST|LEAST_CONN)$/, reason: 'the default, by three names' },
  {
    pattern: /\.tls\.mode=DISABLE$/,
    reason: 'what settings of TLS without a mode mean',
  },
  { pattern: /\.h2UpgradePolicy=(DEFAULT|DO_NOT_UPGRADE)$/, reason: 'the default' },
  { pattern: /^WorkloadEntry\.spec\.network$/, reason: 'all workloads are on one network so far' },
  { pattern: /^PeerAuthentication\.spec\..*mode=UNSET$/, reason: 'means that it is absent' },
  { pattern: /^AuthorizationPolicy\.spec\.action=ALLOW$/, reason: 'the default' },
  { pattern: /^RateLimit\.spec\.failureMode=OPEN$/, reason: 'the default' },
  { pattern: /^Telemetry\.spec\..*\.mode=CLIENT_AND_SERVER$/, reason: 'the default' },
  { pattern: /^Telemetry\.spec\.metrics.*\.(metric=ALL_METRICS|operation=UPSERT)$/, reason: 'the default' },
  { pattern: /^MeshConfig\.spec\.accessLogEncoding=TEXT$/, reason: 'the default' },
  {
    pattern: /^MeshConfig\.spec\.outboundTrafficPolicy/,
    reason: 'about intercepted traffic, of which the base mesh has none: redirect.spec.ts shows it',
  },
];

/**
 * Fields that may go from the resources of every case that claims their effect without any of these cases failing: their positive cases show
 * nothing. Runs each case once for each field.
 */
export async function unnoticedFields(cases: readonly DescribedCase[], world: World): Promise<readonly string[]> {
  const unnoticed: string[] = [];
  for (const field of allFields()) {
    if (unnoticeable.some(({ pattern }) => pattern.test(field))) continue;
    if (
      !(await isNoticed(
        field,
        cases.filter(({ positive }) => positive.includes(field)),
        world,
      ))
    )
      unnoticed.push(field);
  }
  return unnoticed;
}

async function isNoticed(field: string, cases: readonly DescribedCase[], world: World): Promise<boolean> {
  for (const described of cases) {
    const without = withoutField(described, field);
    if (without === undefined) continue;
    try {
      if ((await runCase(without, world)).length > 0) return true;
    } catch {
      // What is looked for is not even there any more.
      return true;
    }
  }
  return false;
}

/** The case with a field (`Kind.path`, with `=VALUE` only where it has that value) taken from its resources; undefined when none has it. */
function withoutField(described: DescribedCase, field: string): DescribedCase | undefined {
  const [name = '', value] = field.split('=');
  const kind = name.slice(0, name.indexOf('.'));
  const path = name
    .slice(kind.length + 1)
    .replaceAll(/\[\]|\{\}/g, '.$&')
    .split('.');
  const resources = structuredClone(described.resources);
  const taken = resources
    .filter((resource) => resource['kind'] === kind)
    .map((resource) => take(resource, path, value));
  return taken.includes(true) ? { ...described, resources } : undefined;
}

/** Whether something was taken. `[]` and `{}` stand for every element; at the end of a path they mean the whole list or map. */
function take(at: unknown, [head = '', ...rest]: readonly string[], value: string | undefined): boolean {
  if (at === null || typeof at !== 'object') return false;
  if (head === '[]' || head === '{}')
    return Object.values(at)
      .map((child) => take(child, rest, value))
      .includes(true);
  const holder = at as Record<string, unknown>;
  const isEnd = rest.length === 0 || (rest.length === 1 && ['[]', '{}'].includes(rest[0] as string));
  if (!isEnd) return take(holder[head], rest, value);
  if (!(head in holder) || (value !== undefined && String(holder[head]) !== value)) return false;
  delete holder[head];
  return true;
}
