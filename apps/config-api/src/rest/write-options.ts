import { MallaError } from '@malla/model';
import type { FieldValidation, WriteContext } from '../resources/commits.ts';
import type { Propagation } from '../resources/resource-deletes.ts';
import type { ApiRequest } from './api-request.ts';
import { badRequest } from './api-status.ts';
import { parseObjectBody } from './content.ts';
import { isTrue, one, readDryRun, wholeNumber, type Query } from './list-options.ts';
import { isObject } from './merge-patch.ts';

const longestManager = 128;
const validations: readonly string[] = ['Strict', 'Warn', 'Ignore'] satisfies FieldValidation[];
const propagations: readonly string[] = ['Background', 'Foreground', 'Orphan'] satisfies Propagation[];

/**
 * Who writes, and how, from the query of a write. Without `fieldManager` it is the program that the user agent names. Without
 * `fieldValidation` unknown fields are refused: the mesh never ignores one unasked (Kubernetes' default is Warn).
 */
export function writeContextOf(request: ApiRequest): WriteContext {
  const { query, caller, changeId } = request;
  return {
    author: caller.name,
    caller,
    changeId,
    dryRun: readDryRun(query),
    fieldManager: readManager(query) ?? managerOfAgent(request.userAgent),
    fieldValidation: readFieldValidation(query),
  };
}

/** The manager and `force` of a server-side apply, which must name its manager. */
export function readApplyOptions(query: Query): { readonly force: boolean } {
  if (readManager(query) === undefined)
    throw new MallaError('invalid', 'fieldManager: is required for apply patch; send ?fieldManager=<name>', {
      details: { httpStatus: 422, reason: 'Invalid' },
    });
  return { force: isTrue(query, 'force') };
}

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/ */
export interface DeleteOptions {
  readonly uid: string | undefined;
  readonly revision: number | undefined;
  readonly dryRun: boolean;
  readonly propagation: Propagation | undefined;
}

/** From the body, and from the query where the body is silent. */
export function readDeleteOptions(request: ApiRequest): DeleteOptions {
  const { body, contentType, query } = request;
  const sent = body === undefined || body.length === 0 ? {} : parseObjectBody(body, contentType);
  if (!isObject(sent)) throw badRequest('the body of a deletion must be a DeleteOptions object');
  const { preconditions, dryRun: dry } = sent;
  if (preconditions !== undefined && preconditions !== null && !isObject(preconditions))
    throw badRequest('preconditions must be an object');
  const { uid, resourceVersion } = (preconditions ?? {}) as { uid?: unknown; resourceVersion?: unknown };
  const dryRun = readDryRun({ dryRun: textList(dry, 'dryRun') });
  wholeNumber(query, 'gracePeriodSeconds');
  return {
    uid: optionalText(uid, 'preconditions.uid'),
    revision: wholeNumber({ v: optionalText(resourceVersion, 'preconditions.resourceVersion') }, 'v'),
    dryRun: readDryRun(query) || dryRun,
    propagation: readPropagation(query, sent),
  };
}

function readPropagation(
  query: Query,
  { propagationPolicy, orphanDependents }: Record<string, unknown>,
): Propagation | undefined {
  const policy = optionalText(propagationPolicy, 'propagationPolicy') ?? one(query, 'propagationPolicy');
  const orphan =
    orphanDependents ?? (one(query, 'orphanDependents') === undefined ? undefined : isTrue(query, 'orphanDependents'));
  if (policy !== undefined && orphan != null)
    throw badRequest('orphanDependents and propagationPolicy cannot both be set');
  if (policy !== undefined && !propagations.includes(policy))
    throw badRequest(`propagationPolicy must be one of ${propagations.join(', ')}, not "${policy.slice(0, 40)}"`);
  if (policy !== undefined) return policy as Propagation;
  return orphan === true ? 'Orphan' : undefined;
}

function readManager(query: Query): string | undefined {
  const manager = one(query, 'fieldManager');
  if (manager === undefined) return undefined;
  if (manager.length > longestManager || !/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u.test(manager))
    throw badRequest(`fieldManager must be at most ${longestManager} printable characters`);
  return manager;
}

/** `kubectl/v1.32.4 (linux/amd64)` gives `kubectl`. */
function managerOfAgent(agent: string | undefined): string {
  const [program = ''] = (agent ?? '').split('/');
  const name = program.replaceAll(/[^\x20-\x7e]/g, '').slice(0, longestManager);
  return name === '' ? 'unknown' : name;
}

function readFieldValidation(query: Query): FieldValidation {
  const level = one(query, 'fieldValidation') ?? 'Strict';
  if (!validations.includes(level))
    throw badRequest(`fieldValidation must be one of ${validations.join(', ')}, not "${level.slice(0, 40)}"`);
  return level as FieldValidation;
}

function optionalText(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw badRequest(`${name} must be a string`);
  return value;
}

function textList(value: unknown, name: string): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.some((each) => typeof each !== 'string'))
    throw badRequest(`${name} must be a list of strings`);
  return value as string[];
}
