import type { Destination, FieldPath } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isGiven, quoted } from '../values/complaint.ts';
import { isDnsLabel, wildcardDomainProblem } from '../values/hosts.ts';
import { portProblem } from '../values/ports.ts';

/** Largest sum of weights: Envoy's total_weight is a uint32. */
const maxTotalWeight = 4_294_967_295;

/** Checks where traffic goes. A wildcard stands for a host of the registry with that name. Source: Istio, validateDestination. */
export function checkDestination(findings: Findings, path: FieldPath, destination: Destination | undefined): void {
  if (destination === undefined) return;
  const { host, subset, port } = destination;
  if (host === '*') findings.error([...path, 'host'], 'must not be every host', 'name one service');
  else findings.refuse([...path, 'host'], wildcardDomainProblem(host));
  if (isGiven(subset)) checkSubsetName(findings, [...path, 'subset'], subset);
  if (port !== undefined) findings.refuse([...path, 'port', 'number'], portProblem(port.number ?? 0));
}

/** Checks the name of a subset: one label of a DNS name. */
export function checkSubsetName(findings: Findings, path: FieldPath, name: string): void {
  if (!isDnsLabel(name))
    findings.error(path, `is not the name of a subset: ${quoted(name)}`, 'use letters, digits and "-", such as v1');
}

interface Weighted {
  readonly destination?: Destination | undefined;
  readonly weight?: number | undefined;
}

/** Checks destinations that share traffic by weight. */
export function checkWeighted(findings: Findings, path: FieldPath, routes: readonly Weighted[]): void {
  for (const [i, { destination, weight = 0 }] of routes.entries()) {
    checkDestination(findings, [...path, i, 'destination'], destination);
    if (weight < 0) findings.error([...path, i, 'weight'], 'must not be negative', 'give 0 for no traffic');
  }
  if (routes.length < 2) return;
  const total = routes.reduce((sum, { weight = 0 }) => sum + weight, 0);
  if (total === 0)
    findings.error(path, 'the weights of several destinations must not all be 0', 'give each destination a weight');
  if (total > maxTotalWeight)
    findings.error(
      path,
      `the weights together must be at most ${maxTotalWeight}`,
      'divide all weights by the same number',
    );
}
