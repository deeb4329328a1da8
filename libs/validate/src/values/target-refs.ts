import type { FieldPath } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isGiven, quoted } from './complaint.ts';
import { checkSelector } from './selectors.ts';

/** What a policy is attached to. Source: https://istio.io/latest/docs/reference/config/type/workload-selector/#PolicyTargetReference */
export interface TargetRef {
  readonly group?: string | undefined;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** The three ways in which a policy says what it is for. */
export interface Attachment {
  readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> | undefined } | undefined;
  readonly targetRef?: TargetRef | undefined;
  readonly targetRefs?: readonly TargetRef[] | undefined;
}

const targets: Readonly<Record<string, readonly string[]>> = {
  '': ['Service'],
  core: ['Service'],
  'networking.istio.io': ['ServiceEntry'],
  'gateway.networking.k8s.io': ['Gateway', 'GatewayClass'],
};

const targetHint =
  'a Service (no group), a ServiceEntry of networking.istio.io, or a Gateway or GatewayClass of gateway.networking.k8s.io';

/** Checks what a policy is attached to: one of selector, targetRef and targetRefs. Source: Istio, validateOneOfSelectorType. */
export function checkAttachment(findings: Findings, path: FieldPath, spec: Attachment): void {
  const { selector, targetRef, targetRefs = [] } = spec;
  const ways = [selector !== undefined, targetRef !== undefined, targetRefs.length > 0].filter(Boolean).length;
  if (ways > 1)
    findings.error(path, 'may have only one of selector, targetRef and targetRefs', 'split it, or leave one out');
  if (selector !== undefined) checkSelector(findings, [...path, 'selector', 'matchLabels'], selector.matchLabels);
  if (targetRef !== undefined) checkTargetRef(findings, [...path, 'targetRef'], targetRef);
  for (const [i, ref] of targetRefs.entries()) checkTargetRef(findings, [...path, 'targetRefs', i], ref);
}

function checkTargetRef(findings: Findings, path: FieldPath, ref: TargetRef): void {
  const { group = '', kind, name, namespace } = ref;
  if (!isGiven(name)) findings.error([...path, 'name'], 'must not be empty', 'name the object');
  if (isGiven(namespace))
    findings.error([...path, 'namespace'], 'a policy is attached in its own namespace', 'leave the field out');
  if (!(Object.hasOwn(targets, group) && (targets[group] as readonly string[]).includes(kind)))
    findings.error(
      [...path, 'kind'],
      `nothing is attached to ${quoted(`${group}/${kind}`)}`,
      `it must be ${targetHint}`,
    );
}
