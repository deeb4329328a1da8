// Decisions
export {
  authorize,
  compileAuthorization,
  type AuthorizationDecision,
  type Authorizer,
  type DenialReason,
} from './authorize.ts';
export { authorizationPath, peerAttributes, type AuthorizationRequest } from './request.ts';
// String conditions, shared with the matcher
export { compileFullMatch, compileValueMatch, type ValueMatcher } from './value-match.ts';
