import { defineKind, istioSecurityVersions, type KindDefinition, type TypedOptional } from '../kind-definition.ts';
import { istioStatusSchema } from '../istio-type/istio-status.ts';
import { authorizationPolicySpecSchema, type AuthorizationPolicySpec } from './authorization-policy.ts';
import { peerAuthenticationSpecSchema, type PeerAuthenticationSpec } from './peer-authentication.ts';
import { requestAuthenticationSpecSchema, type RequestAuthenticationSpec } from './request-authentication.ts';

const group = 'security.istio.io';
const categories = ['istio-io', 'security-istio-io'] as const;

/** Kinds of security.istio.io. */
export const securityKinds: readonly KindDefinition[] = [
  defineKind({
    group,
    kind: 'PeerAuthentication',
    plural: 'peerauthentications',
    shortNames: ['pa'],
    categories,
    versions: istioSecurityVersions,
    payload: {
      spec: peerAuthenticationSpecSchema.optional().describe('Whether workloads take mutual TLS, plain text or both.'),
      status: istioStatusSchema,
    },
    columns: [{ name: 'Mode', type: 'string', jsonPath: '.spec.mtls.mode', description: 'What workloads accept.' }],
    source: 'https://istio.io/latest/docs/reference/config/security/peer_authentication/',
  }),
  defineKind({
    group,
    kind: 'RequestAuthentication',
    plural: 'requestauthentications',
    shortNames: ['ra'],
    categories,
    versions: istioSecurityVersions,
    payload: {
      spec: requestAuthenticationSpecSchema
        .optional()
        .describe('Which tokens (JWT) of requests are valid. What they allow, an AuthorizationPolicy says.'),
      status: istioStatusSchema,
    },
    source: 'https://istio.io/latest/docs/reference/config/security/request_authentication/',
  }),
  defineKind({
    group,
    kind: 'AuthorizationPolicy',
    plural: 'authorizationpolicies',
    shortNames: ['ap'],
    categories,
    versions: istioSecurityVersions,
    payload: {
      spec: authorizationPolicySpecSchema.optional().describe('Who may do what with workloads.'),
      status: istioStatusSchema,
    },
    columns: [{ name: 'Action', type: 'string', jsonPath: '.spec.action', description: 'What a matching rule does.' }],
    source: 'https://istio.io/latest/docs/reference/config/security/authorization-policy/',
  }),
];

export type PeerAuthentication = TypedOptional<typeof group, 'PeerAuthentication', PeerAuthenticationSpec>;
export type RequestAuthentication = TypedOptional<typeof group, 'RequestAuthentication', RequestAuthenticationSpec>;
export type AuthorizationPolicy = TypedOptional<typeof group, 'AuthorizationPolicy', AuthorizationPolicySpec>;

/** Any object of security.istio.io. */
export type SecurityResource = PeerAuthentication | RequestAuthentication | AuthorizationPolicy;
