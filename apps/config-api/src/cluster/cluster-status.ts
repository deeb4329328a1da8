import { isDeepStrictEqual } from 'node:util';
import { documentationUrl, type Finding } from '@malla/analyze';
import type { Resource } from '@malla/model';
import type { StoredResource } from '@malla/store';
import { analysisStatus, type ValidationMessage } from '../resources/analysis-status.ts';
import type { Condition } from '../resources/condition.ts';
import { enforcementCondition } from '../resources/enforcement-condition.ts';
import type { Refusal } from './verdicts.ts';

/** What is known of an object of the cluster. */
export interface KnownOfObject {
  /** As it is in the cluster, with its present status. */
  readonly object: Resource;
  /** Why it is not taken; undefined if it is. */
  readonly refusal: Refusal | undefined;
  /** What is in force: this version, or the last good one, or nothing. */
  readonly stored: StoredResource | undefined;
  /** What analysis found; undefined for kinds that it does not look at. */
  readonly findings: readonly Finding[] | undefined;
  /** How far proxies have what is stored; undefined while nobody knows. */
  readonly delivery: Condition | undefined;
}

/** A condition as it stands in a cluster. */
interface DatedCondition extends Condition {
  readonly observedGeneration: number;
  /** When `status` last changed, ISO 8601. */
  readonly lastTransitionTime: string;
}

/** The status of Istio's kinds, as far as it is ours. */
export interface ClusterStatus {
  readonly observedGeneration: number;
  /** Ours, and before them those of others, which stay. */
  readonly conditions: readonly (DatedCondition | object)[];
  readonly validationMessages: readonly ValidationMessage[];
}

/** The conditions that are ours; all others in a status are somebody else's. */
const ours: readonly string[] = ['Accepted', 'Reconciled', 'Enforced', 'PassedAnalysis'];

/** Longer ones are cut: they are for people, and every object is held in memory many times. */
const longestMessage = 1_024;

/**
 * The status that an object is to have in the cluster; undefined if it has it already, or if its newest version is not stored yet. The count
 * of proxies in a message that tells of no trouble is no reason to write: it would change with every pod.
 * @param now ISO 8601
 */
export function clusterStatus(known: KnownOfObject, now: string): ClusterStatus | undefined {
  const { object, refusal, stored } = known;
  const generation = object.metadata.generation ?? 1;
  if (refusal === undefined && stored?.object.metadata.generation !== generation) return undefined;
  if (refusal !== undefined && refusal.generation !== generation) return undefined;
  const before = statusOf(object);
  const conditions = (refusal === undefined ? acceptedConditions(known) : refusedConditions(known, refusal)).map(
    (each) => dated(each, { before, generation, now }),
  );
  const validationMessages = refusal === undefined ? messagesOf(known) : [invalidMessage];
  const foreign = (before.conditions ?? []).filter(({ type = '' }) => !ours.includes(type));
  const wanted: ClusterStatus = {
    observedGeneration: generation,
    conditions: [...foreign, ...conditions],
    validationMessages,
  };
  return isTold(wanted, before) ? undefined : wanted;
}

interface PresentStatus {
  readonly observedGeneration?: unknown;
  readonly conditions?: readonly Partial<DatedCondition>[];
  readonly validationMessages?: readonly object[];
}

function statusOf(object: Resource): PresentStatus {
  return (object['status'] as PresentStatus | undefined) ?? {};
}

function acceptedConditions({ object, stored, findings, delivery }: KnownOfObject): readonly Condition[] {
  const accepted: Condition = { type: 'Accepted', status: 'True', reason: 'Valid', message: 'the mesh has taken it' };
  const kept = (statusOf(object).conditions ?? []).find(({ type }) => type === 'Reconciled') as Condition | undefined;
  const unknown: Condition = {
    type: 'Reconciled',
    status: 'Unknown',
    reason: 'DeliveriesUnknown',
    message: 'what proxies acknowledged is not known: Redis is not set up, or out of reach',
  };
  const isSame = Number(statusOf(object).observedGeneration) === (object.metadata.generation ?? 1);
  const reconciled = delivery ?? (isSame ? kept : undefined) ?? unknown;
  const enforced = enforcementOf(stored?.object ?? object);
  const analysed = findings === undefined ? undefined : analysisStatus(findings).condition;
  return [accepted, reconciled, ...[enforced ?? []].flat(), ...[analysed ?? []].flat()];
}

/** Objects are never changed, and what is enforced of one never differs. */
const enforcements = new WeakMap<Resource, Condition | null>();

function enforcementOf(object: Resource): Condition | undefined {
  let known = enforcements.get(object);
  if (known === undefined) enforcements.set(object, (known = enforcementCondition(object) ?? null));
  return known ?? undefined;
}

function refusedConditions({ stored }: KnownOfObject, { message }: Refusal): readonly Condition[] {
  const left = stored === undefined ? 'nothing of it is in force' : 'the last version that was valid stays in force';
  return [
    { type: 'Accepted', status: 'False', reason: 'Invalid', message },
    { type: 'Reconciled', status: 'False', reason: 'NotAccepted', message: `it is not valid: ${left}` },
  ];
}

function messagesOf({ findings = [] }: KnownOfObject): readonly ValidationMessage[] {
  return analysisStatus(findings).validationMessages;
}

/** Istio's word for an object that is not valid. */
const invalidMessage: ValidationMessage = {
  type: { name: 'SchemaValidationError', code: 'IST0106' },
  level: 'ERROR',
  documentationUrl: documentationUrl('IST0106'),
};

function dated(
  condition: Condition,
  { before, generation, now }: { before: PresentStatus; generation: number; now: string },
): DatedCondition {
  const present = (before.conditions ?? []).find(({ type }) => type === condition.type);
  const since = present?.status === condition.status ? present.lastTransitionTime : undefined;
  const { type, status, reason, message } = condition;
  const cut = message.length > longestMessage ? `${message.slice(0, longestMessage - 3)}...` : message;
  return { type, status, reason, message: cut, observedGeneration: generation, lastTransitionTime: since ?? now };
}

function isTold(wanted: ClusterStatus, before: PresentStatus): boolean {
  return (
    Number(before.observedGeneration) === wanted.observedGeneration &&
    isDeepStrictEqual(wanted.validationMessages, before.validationMessages ?? []) &&
    isDeepStrictEqual(wanted.conditions.map(comparable), (before.conditions ?? []).map(comparable))
  );
}

/** What counts of a condition when it is compared. */
function comparable(condition: Partial<DatedCondition>): object {
  if (!ours.includes(condition.type ?? '')) return condition;
  const { message, lastTransitionTime: _, observedGeneration, ...rest } = condition;
  const counts = condition.status === 'True' ? {} : { message };
  return { ...rest, ...counts, observedGeneration: Number(observedGeneration) };
}
