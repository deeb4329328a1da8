import { istioStatusSchema } from '../istio-type/istio-status.ts';
import { defineKind, type KindDefinition, type Typed } from '../kind-definition.ts';
import { apiKeyPolicySpecSchema, type ApiKeyPolicySpec } from './api-key-policy.ts';
import { rateLimitSpecSchema, type RateLimitSpec } from './rate-limit.ts';

const group = 'policy.malla.io';
const categories = ['malla-io', 'policy-malla-io'] as const;

/** Kinds of policy.malla.io: Malla’s own, for what Istio leaves to EnvoyFilter and to services of others. */
export const policyKinds: readonly KindDefinition[] = [
  defineKind({
    group,
    kind: 'RateLimit',
    plural: 'ratelimits',
    shortNames: ['rl'],
    categories,
    versions: ['v1alpha1'],
    payload: {
      spec: rateLimitSpecSchema.describe('How many requests workloads take, counted over all their proxies.'),
      status: istioStatusSchema,
    },
    columns: [
      {
        name: 'Requests',
        type: 'integer',
        jsonPath: '.spec.rules[0].limit.requests',
        description: 'Of the first rule.',
      },
      { name: 'Unit', type: 'string', jsonPath: '.spec.rules[0].limit.unit', description: 'Of the first rule.' },
      {
        name: 'Failure mode',
        type: 'string',
        jsonPath: '.spec.failureMode',
        description: 'What happens while nobody counts.',
        priority: 1,
      },
    ],
    source: '../../../guides/policy.md',
  }),
  defineKind({
    group,
    kind: 'ApiKeyPolicy',
    plural: 'apikeypolicies',
    shortNames: ['akp'],
    categories,
    versions: ['v1alpha1'],
    payload: {
      spec: apiKeyPolicySpecSchema.describe('Which API keys the built-in authorizer malla accepts.'),
      status: istioStatusSchema,
    },
    columns: [
      { name: 'Secret', type: 'string', jsonPath: '.spec.secretRef.name', description: 'Where the keys are.' },
      { name: 'Header', type: 'string', jsonPath: '.spec.header', description: 'Header that holds the key.' },
    ],
    source: '../../../guides/policy.md',
  }),
];

export type RateLimit = Typed<typeof group, 'RateLimit', RateLimitSpec>;
export type ApiKeyPolicy = Typed<typeof group, 'ApiKeyPolicy', ApiKeyPolicySpec>;

/** Any object of policy.malla.io. */
export type PolicyResource = RateLimit | ApiKeyPolicy;
