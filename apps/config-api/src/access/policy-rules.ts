import type { PolicyRule } from '@malla/model';
import type { AccessRequest } from './caller.ts';

/** True if a rule allows a request; https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources */
export function ruleAllows(rule: PolicyRule, request: AccessRequest): boolean {
  const { verb, group, resource, subresource = '', name } = request;
  const { verbs, apiGroups = [], resources = [], resourceNames = [] } = rule;
  if (!has(verbs, verb) || !has(apiGroups, group)) return false;
  const whole = subresource === '' ? resource : `${resource}/${subresource}`;
  const named = has(resources, whole) || (subresource !== '' && resources.includes(`*/${subresource}`));
  return named && (resourceNames.length === 0 || (name !== undefined && name !== '' && resourceNames.includes(name)));
}

/** True if a rule allows a verb on a path that is no object. */
export function ruleAllowsPath(rule: PolicyRule, verb: string, path: string): boolean {
  const { verbs, nonResourceURLs = [] } = rule;
  const matches = (pattern: string): boolean =>
    pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)));
  return has(verbs, verb) && nonResourceURLs.some(matches);
}

/** True if everything that a rule allows is allowed by others: who holds those may give it on. */
export function rulesCover(held: readonly PolicyRule[], wanted: PolicyRule): boolean {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = wanted;
  const pathsCovered = nonResourceURLs.every((path) =>
    verbs.every((verb) => held.some((rule) => ruleAllowsPath(rule, verb, path))),
  );
  const names = resourceNames.length === 0 ? [undefined] : resourceNames;
  return (
    pathsCovered &&
    verbs.every((verb) =>
      apiGroups.every((group) =>
        resources.every((resource) =>
          names.every((name) => held.some((rule) => holds(rule, { verb, group, resource, name }))),
        ),
      ),
    )
  );
}

/** As {@link ruleAllows}, where what is asked for may itself be a wildcard. */
function holds(
  rule: PolicyRule,
  part: { verb: string; group: string; resource: string; name: string | undefined },
): boolean {
  const { verbs, apiGroups = [], resources = [], resourceNames = [] } = rule;
  const [, subresource] = part.resource.split('/');
  const named = has(resources, part.resource) || (subresource !== undefined && resources.includes(`*/${subresource}`));
  const nameFits = resourceNames.length === 0 || (part.name !== undefined && resourceNames.includes(part.name));
  return has(verbs, part.verb) && has(apiGroups, part.group) && named && nameFits;
}

function has(values: readonly string[], value: string): boolean {
  return values.includes('*') || values.includes(value);
}
