import type { FieldPath, TrafficPolicy } from '@malla/model';
import type { Findings } from '../findings.ts';
import { quoted } from '../values/complaint.ts';

type LoadBalancer = NonNullable<TrafficPolicy['loadBalancer']>;
type Locality = NonNullable<LoadBalancer['localityLbSetting']>;
type ZoneAware = NonNullable<LoadBalancer['zoneAwareLbSetting']>;

const topologyLabels = ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone', 'topology.istio.io/subzone'];

/** Checks shares and failover by locality. Source: Istio, ValidateLocalityLbSetting. */
export function checkLocalityLb(
  findings: Findings,
  path: FieldPath,
  setting: Locality | undefined,
  ejects: boolean,
): void {
  if (setting === undefined) return;
  const { distribute = [], failover = [], failoverPriority = [] } = setting;
  if (distribute.length > 0 && failover.length > 0)
    findings.error([...path, 'failover'], 'cannot stand with distribute', 'leave one of them out');
  for (const [i, label] of failoverPriority.entries()) {
    if (failover.length > 0 && topologyLabels.includes(label))
      findings.error([...path, 'failoverPriority', i], 'cannot stand with failover', 'leave one of them out');
  }
  for (const [i, { to = {} }] of distribute.entries()) {
    const at = [...path, 'distribute', i, 'to'];
    checkShares(findings, at, to);
    checkLocalities(
      findings,
      Object.keys(to).map((text) => ({ path: [...at, text], text })),
    );
  }
  checkLocalities(
    findings,
    distribute.map(({ from = '' }, i) => ({ path: [...path, 'distribute', i, 'from'], text: from })),
  );
  checkFailover(findings, path, setting, ejects);
}

/** Checks failover of zone-aware balancing, which does zones by itself. Source: Istio, ValidateZoneAwareLbSetting. */
export function checkZoneAwareLb(
  findings: Findings,
  path: FieldPath,
  setting: ZoneAware | undefined,
  ejects: boolean,
): void {
  if (setting === undefined) return;
  for (const [i, label] of (setting.failoverPriority ?? []).entries()) {
    if (topologyLabels.includes(label))
      findings.error([...path, 'failoverPriority', i], 'region, zone and subzone come by themselves', 'leave it out');
  }
  checkFailover(findings, path, setting, ejects);
}

function checkFailover(
  findings: Findings,
  path: FieldPath,
  { failover = [], failoverPriority = [] }: Pick<Locality, 'failover' | 'failoverPriority'>,
  ejects: boolean,
): void {
  if (!ejects && (failover.length > 0 || failoverPriority.length > 0))
    findings.warning(path, 'has no failover: no instance is found failing', 'give outlierDetection');
  for (const [i, { from = '', to = '' }] of failover.entries()) {
    const at = [...path, 'failover', i];
    if (from === to)
      findings.error([...at, 'to'], 'must be another region than from', 'name the region that takes over');
    for (const [field, region] of [
      ['from', from],
      ['to', to],
    ] as const) {
      if (region.includes('/')) findings.error([...at, field], 'must be a region alone', 'leave out the zone');
      if (region.includes('*')) findings.error([...at, field], 'must not have a wildcard', 'name one region');
    }
  }
}

function checkShares(findings: Findings, path: FieldPath, to: Readonly<Record<string, number>>): void {
  for (const locality in to) {
    const share = to[locality] as number;
    if (share < 1 || share > 100)
      findings.error([...path, locality], 'must be between 1 and 100', 'leave out localities that get nothing');
  }
  const total = Object.values(to).reduce((sum, share) => sum + share, 0);
  if (total !== 100) findings.error(path, `the shares make ${total}, not 100`, 'divide 100 among the localities');
}

/** Localities of one list: each is `region`, `region/zone` or `region/zone/subzone`, a star only at the end, and none takes in another. */
function checkLocalities(
  findings: Findings,
  localities: readonly { readonly path: FieldPath; readonly text: string }[],
): void {
  const hint = 'write region, region/zone or region/zone/subzone; * may stand at the end';
  for (const [i, { path, text }] of localities.entries()) {
    const star = text.indexOf('*');
    if (star >= 0 && star < text.length - 1) findings.error(path, 'may have one "*" only, at the end', hint);
    else if (text.split('/', 3).includes('')) findings.error(path, 'has an empty part', hint);
    const other = localities.slice(0, i).find((earlier) => overlap(earlier.text, text));
    if (other !== undefined)
      findings.error(path, `overlaps with ${quoted(other.text)}`, 'each locality stands in one place');
  }
}

function overlap(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => text.split('/').filter((part) => part !== '*'));
  const common = Math.min(left?.length ?? 0, right?.length ?? 0);
  return left?.slice(0, common).every((part, i) => part === right?.[i]) ?? false;
}
