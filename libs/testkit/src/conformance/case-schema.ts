import { z } from 'zod';

const text = z.string();
const texts = z.record(z.string(), z.string());

/** What the callee must have seen, the caller must get back, and how it came about. Only what is named is compared. */
const expectationSchema = z.strictObject({
  /** Status of every response; 0: no response at all (connection closed or refused). */
  status: z.int().optional(),
  /** Version label of the application that answered every request. */
  version: text.optional(),
  /** Share of responses per version, in percent, and how far off it may be (percentage points). */
  split: z.strictObject({ shares: z.record(z.string(), z.number()), within: z.number() }).optional(),
  /** All requests were answered by one version. */
  sticky: z.boolean().optional(),
  /** Path with query, Host and method as the application saw them. */
  path: text.optional(),
  host: text.optional(),
  method: text.optional(),
  /** Headers that the application saw; null: it must not see it. */
  headers: z.record(z.string(), z.string().nullable()).optional(),
  /** Headers of the response; null: must be absent; a value between slashes is an expression. */
  responseHeaders: z.record(z.string(), z.string().nullable()).optional(),
  /** SPIFFE id that the callee's proxy saw; null: plain text. */
  peer: text.nullable().optional(),
  /** The AuthorizationPolicy that denied, or `none` when no ALLOW policy matched. */
  deniedBy: text.optional(),
  /** Why the caller's proxy answered. */
  reason: z
    .enum([
      'no-virtual-host',
      'no-route',
      'redirect',
      'direct-response',
      'fault-abort',
      'unknown-cluster',
      'no-healthy-endpoint',
      'connect-failure',
      'reset',
      'timeout',
      'overflow',
    ])
    .optional(),
  /** How many requests each application saw in all, mirrored and retried ones included. Others must have seen none. */
  seen: z.record(z.string(), z.int()).optional(),
  /** How many of the responses had each status. */
  statuses: z.record(z.string(), z.int()).optional(),
  /** HTTP version that the application was spoken to. */
  protocol: text.optional(),
  /** Milliseconds until each response. */
  elapsed: z.strictObject({ min: z.number().optional(), max: z.number().optional() }).optional(),
  body: text.optional(),
  /** DNS name in the certificate that the server showed the outsider. */
  serverCertificate: text.optional(),
});

const requestSchema = z.strictObject({
  /** A workload with a proxy, or `outsider`: no proxy, straight to the callee's port, in plain text unless {@link tls} is given. Default web. */
  from: text.default('web'),
  /** `service:port`, with `.namespace` for other namespaces than default; for an outsider `workload:targetPort`. */
  to: text.default('reviews:9080'),
  /** Through the service's own listener (default) or the HTTP proxy port. */
  via: z.enum(['service', 'http-proxy']).default('service'),
  /** An outsider's TLS. */
  tls: z
    .strictObject({
      /** Server name (SNI); default: none. */
      serverName: text.optional(),
      /** Certificate that it shows when asked: `client` of the CA `ca`, or `other-client` of a CA that nobody trusts. */
      certificate: z.enum(['client', 'other-client']).optional(),
      /** The only version that it speaks; default 1.2 and 1.3. */
      version: z.enum(['1.2', '1.3']).optional(),
      /** The only suite of TLS 1.2 that it speaks. */
      cipherSuite: text.optional(),
    })
    .optional(),
  /** Host header; default the service's short name. */
  host: text.optional(),
  method: text.default('GET'),
  path: text.default('/'),
  headers: texts.default({}),
  /** One after the other. Default 1. */
  times: z.int().default(1),
  /** All `times` requests at once, started so many milliseconds apart. */
  togetherEvery: z.number().optional(),
  /** Wait before, for ejections and timeouts. */
  afterMs: z.number().optional(),
  expect: expectationSchema,
});

/** Something that requests do not show: a value in Envoy's configuration dump and in the IR. */
const observationSchema = z.strictObject({
  /** Whose configuration. Default web. */
  proxy: text.default('web'),
  kind: z.enum(['cluster', 'routes', 'listener', 'endpoints']),
  /** Resource name; may have placeholders; `$CLUSTER` stands for the cluster of the policy under test. */
  name: text.default('$CLUSTER'),
  /** Path in the dump (snake case) to value; null: must be absent. */
  envoy: z.record(z.string(), z.unknown()),
  /** What the IR paths start from, when that is another thing; telemetry of `client` or `server`. */
  irOf: z
    .strictObject({
      kind: z.enum(['cluster', 'routes', 'endpoints', 'listener', 'telemetry', 'authorizer']),
      name: text,
    })
    .optional(),
  /** Path in the IR of the same thing to value; null: must be absent. */
  ir: z.record(z.string(), z.unknown()),
});

const refusalSchema = z.strictObject({
  /** Which of the case's resources takes the value. Default the first. */
  resource: z.int().default(0),
  /** Where in that resource, or in the case's policy, the bad value goes, such as `spec.http[0].timeout`. */
  set: text,
  value: z.unknown(),
  /** Field that the problem must name, when it is not `set`. */
  at: text.optional(),
  /** The field does not exist: a case that means this says so, else a mistyped case would pass. */
  unknown: z.boolean().default(false),
});

const applicationSchema = z.strictObject({
  status: z.int().optional(),
  fails: z.union([z.int(), z.literal(true)]).optional(),
  failure: z.union([z.int(), z.literal('reset')]).optional(),
  delayMs: z.number().optional(),
  headers: texts.optional(),
});

/** One described case. */
export const caseSchema = z.strictObject({
  name: z.string().min(1),
  /** Fields that have their effect here: `VirtualService.spec.http[].timeout`; `$POLICY.x` in cases with a policy. */
  positive: z.array(text).default([]),
  /** Fields whose condition does not hold here, that are absent, or whose bad value is refused. */
  negative: z.array(text).default([]),
  /** Resources on top of the base mesh; the namespace is default when none is named. */
  resources: z.array(z.record(z.string(), z.unknown())).default([]),
  /** A traffic policy: the case is run once for each place that a DestinationRule has for it. */
  policy: z.record(z.string(), z.unknown()).optional(),
  /** The service port in the default namespace that the policy is for. */
  policyFor: text.default('reviews:9080'),
  /** Whether policy-telemetry answers proxies. */
  policyTelemetry: z.enum(['there', 'away']).default('there'),
  /** Behaviour of applications by workload name. */
  applications: z.record(z.string(), applicationSchema).default({}),
  requests: z.array(requestSchema).default([]),
  observe: z.array(observationSchema).default([]),
  /** Each must be refused when put in its place. */
  refused: z.array(refusalSchema).default([]),
});

/** One file of cases. */
export const caseFileSchema = z.array(caseSchema);

export type DescribedCase = z.infer<typeof caseSchema>;
export type DescribedRequest = z.infer<typeof requestSchema>;
export type Expectation = z.infer<typeof expectationSchema>;
export type DescribedObservation = z.infer<typeof observationSchema>;
export type Refusal = z.infer<typeof refusalSchema>;
