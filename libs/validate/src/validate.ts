import {
  applyDefaults,
  checkObject,
  findKind,
  groupOf,
  hasErrors,
  type KnownResource,
  type Problem,
} from '@malla/model';
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

/** Shape and meaning of an object from outside. Without errors in the result, the object is a `KnownResource`. */
export function validateObject(object: unknown): Problem[] {
  const shape = checkObject(object);
  if (hasErrors(shape)) return shape;
  const resource = object as KnownResource;
  const definition = findKind(groupOf(resource.apiVersion), resource.kind);
  return [...shape, ...validate(definition === undefined ? resource : applyDefaults(definition, resource))];
}
