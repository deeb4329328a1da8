import { inspectObject, type KnownResource, type Problem } from '@malla/model';
import { Findings } from './findings.ts';
import { checkOf } from './rules/checks.ts';
import { checkMetadata } from './rules/metadata.ts';

/**
 * Checks the meaning of one resource by itself: what cannot work, contradicts itself or never applies; all problems at once. Its shape must
 * have passed `checkObject`, and it must have its defaults and no nulls (`normalize` or `applyDefaults` of @malla/model). Errors refuse
 * the resource, warnings do not.
 */
export function validate(resource: KnownResource): Problem[] {
  const findings = new Findings();
  checkMetadata(findings, resource);
  checkOf(resource)?.(findings, resource);
  return findings.problems;
}

/**
 * Shape and meaning of an object from outside, all problems at once: meaning is looked at too where only rules in CEL are broken. Of two
 * complaints about one field that of this library stays, which says what to do. Without errors in the result, the object is a
 * `KnownResource`.
 */
export function validateObject(object: unknown): Problem[] {
  const { problems, isTyped, completed } = inspectObject(object);
  if (!isTyped) return problems;
  const meaning = validate(completed as KnownResource);
  if (problems.length === 0) return meaning;
  const places = new Set(meaning.filter(({ level }) => level === 'error').map(({ path }) => path));
  return [...problems.filter(({ path }) => !places.has(path)), ...meaning];
}
