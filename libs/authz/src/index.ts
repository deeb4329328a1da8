// Decisions
export {
  authorize,
  compileAuthorization,
  compilePolicies,
  type AuthorizationDecision,
  type Authorizer,
  type DenialReason,
} from './authorize.ts';
export { authorizationPath, peerAttributes, type AuthorizationRequest } from './request.ts';
// Envoy's RBAC rules
export { compileRbac, type BoundRbac, type Rbac, type RbacConnection, type RbacVerdict } from './rbac.ts';
// String, header and address conditions, shared with the matcher and the data plane
export { compileAddressRange } from './address-range.ts';
export { lookupIn, type HeaderLookup } from './header-lookup.ts';
export { compileHeaderMatch, compileStringMatch } from './string-match.ts';
export { compileFullMatch, compileValueMatch, type ValueMatcher } from './value-match.ts';
