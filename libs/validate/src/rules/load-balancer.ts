import type { FieldPath, TrafficPolicy } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isGiven, quoted } from '../values/complaint.ts';
import { checkDuration } from '../values/durations.ts';
import { cookieNameProblem, headerNameProblem } from '../values/names.ts';
import { percentProblem } from '../values/percentages.ts';
import { checkLocalityLb, checkZoneAwareLb } from './locality.ts';

type LoadBalancer = NonNullable<TrafficPolicy['loadBalancer']>;
type Hash = NonNullable<LoadBalancer['consistentHash']>;

/** Envoy's bound of a Maglev table. */
const maxTableSize = 5_000_011;

/** Envoy's bound of a hash ring; a larger one is refused with the whole cluster. */
const maxRingSize = 8_388_608;

/** Checks how instances are chosen. `ejects` tells whether failing instances are ejected, without which there is no failover. */
export function checkLoadBalancer(
  findings: Findings,
  path: FieldPath,
  balancer: LoadBalancer | undefined,
  ejects: boolean,
): void {
  if (balancer === undefined) return;
  if (balancer.consistentHash !== undefined) checkHash(findings, [...path, 'consistentHash'], balancer.consistentHash);
  if (balancer.localityLbSetting !== undefined && balancer.zoneAwareLbSetting !== undefined)
    findings.error([...path, 'zoneAwareLbSetting'], 'cannot stand with localityLbSetting', 'leave one of them out');
  checkLocalityLb(findings, [...path, 'localityLbSetting'], balancer.localityLbSetting, ejects);
  checkZoneAwareLb(findings, [...path, 'zoneAwareLbSetting'], balancer.zoneAwareLbSetting, ejects);
  checkWarmup(findings, [...path, 'warmup'], balancer.warmup);
  checkDuration(findings, [...path, 'warmupDurationSecs'], balancer.warmupDurationSecs);
}

function checkHash(findings: Findings, path: FieldPath, hash: Hash): void {
  const { httpHeaderName, httpCookie, httpQueryParameterName, useSourceIp } = hash;
  if (
    !isGiven(httpHeaderName) &&
    httpCookie === undefined &&
    !isGiven(httpQueryParameterName) &&
    useSourceIp !== true
  ) {
    const hint = 'give httpHeaderName, httpCookie, useSourceIp: true or httpQueryParameterName';
    findings.warning(path, 'has no key: instances are chosen at random', hint);
  }
  if (isGiven(httpHeaderName)) findings.refuse([...path, 'httpHeaderName'], headerNameProblem(httpHeaderName));
  if (httpCookie !== undefined) checkCookie(findings, [...path, 'httpCookie'], httpCookie);
  if ((hash.minimumRingSize ?? 0) !== 0) {
    const at = [...path, 'minimumRingSize'];
    if (hash.ringHash !== undefined || hash.maglev !== undefined)
      findings.error(at, 'cannot stand with ringHash or maglev', 'keep ringHash.minimumRingSize alone');
    else findings.warning(at, 'is an old form', 'use ringHash.minimumRingSize');
  }
  checkRingSize(findings, [...path, 'minimumRingSize'], hash.minimumRingSize);
  checkRingSize(findings, [...path, 'ringHash', 'minimumRingSize'], hash.ringHash?.minimumRingSize);
  if (hash.maglev !== undefined) checkTableSize(findings, [...path, 'maglev', 'tableSize'], hash.maglev.tableSize ?? 0);
}

function checkCookie(findings: Findings, path: FieldPath, cookie: NonNullable<Hash['httpCookie']>): void {
  findings.refuse([...path, 'name'], cookieNameProblem(cookie.name));
  checkDuration(findings, [...path, 'ttl'], cookie.ttl, { zero: true });
  const names = (cookie.attributes ?? []).map(({ name }) => name);
  for (const [i, name] of names.entries()) {
    const at = [...path, 'attributes', i, 'name'];
    if (name === '') findings.error(at, 'must not be empty', 'name an attribute, such as SameSite');
    else if (names.indexOf(name) < i) findings.error(at, `${quoted(name)} stands twice`, 'leave one of them out');
  }
}

function checkRingSize(findings: Findings, path: FieldPath, size: number | null | undefined): void {
  if ((size ?? 0) > maxRingSize) findings.error(path, `must be at most ${maxRingSize}`, 'the default is 1024');
}

function checkTableSize(findings: Findings, path: FieldPath, size: number): void {
  const hint = 'a good size is 65537';
  if (size === 0) findings.error(path, 'is required with maglev', hint);
  else if (size >= maxTableSize) findings.error(path, `must be less than ${maxTableSize}`, hint);
  else if (!isPrime(size)) findings.error(path, 'must be a prime number', hint);
}

function isPrime(n: number): boolean {
  if (n < 4) return n > 0;
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return true;
}

function checkWarmup(findings: Findings, path: FieldPath, warmup: LoadBalancer['warmup']): void {
  if (warmup === undefined) return;
  checkDuration(findings, [...path, 'duration'], warmup.duration);
  findings.refuse([...path, 'minimumPercent'], percentProblem(warmup.minimumPercent ?? undefined));
  if ((warmup.aggression ?? 1) <= 0)
    findings.error([...path, 'aggression'], 'must be greater than 0', '1 is linear growth; more starts slower');
}
