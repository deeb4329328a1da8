import type { PerFilterConfig, RbacFilterConfig } from '@malla/proxy-config';
import type { RBAC, RBACPerRoute } from '@malla/protos/gen/envoy/extensions/filters/http/rbac/v3/rbac_pb';
import { readRbacRules } from '../rbac/rules.ts';
import type { FieldReader } from '../wire/field-reader.ts';

/** The HTTP filter that decides who may call. */
export function readHttpRbac(reader: FieldReader<RBAC>): RbacFilterConfig {
  const rules = readRbacRules(reader.message('rules'), 'http');
  const shadowRules = readRbacRules(reader.message('shadowRules'), 'http');
  return {
    ...(rules && { rules }),
    ...(shadowRules && { shadowRules }),
    statPrefix: reader.take('rulesStatPrefix'),
    shadowStatPrefix: reader.take('shadowRulesStatPrefix'),
  };
}

/** Rules of a route or virtual host, which replace the filter's; none: everything passes. */
export function readRbacPerRoute(reader: FieldReader<RBACPerRoute>): PerFilterConfig {
  const rbac = reader.message('rbac');
  if (!rbac) return { kind: 'rbac' };
  const rules = readRbacRules(rbac.message('rules'), 'http');
  const shadowRules = readRbacRules(rbac.message('shadowRules'), 'http');
  return { kind: 'rbac', ...(rules && { rules }), ...(shadowRules && { shadowRules }) };
}
