import { MallaError, type PolicyRule } from '@malla/model';
import { z } from 'zod';
import type { Authenticator } from '../access/authenticator.ts';
import type { Authorizer } from '../access/authorizer.ts';
import { requireAccess, type Caller, type Decision, type Identity } from '../access/caller.ts';
import { answer, type ApiRequest, type ApiResponse } from '../rest/api-request.ts';
import { badRequest, httpError } from '../rest/api-status.ts';
import { parseObjectBody } from '../rest/content.ts';
import { reviewKinds, reviewVersion } from './review-kinds.ts';

export interface ReviewApiParams {
  readonly authorizer: Authorizer;
  readonly authenticator: Authenticator;
}

type Answer = (request: ApiRequest, spec: unknown, namespace: string | undefined) => Promise<object> | object;

/** Answers questions about access and identity: `kubectl auth can-i` and `whoami`. Nothing is stored. */
export class ReviewApi {
  readonly #params: ReviewApiParams;
  readonly #answers: Readonly<Record<string, Answer>>;

  constructor(params: ReviewApiParams) {
    this.#params = params;
    this.#answers = {
      SelfSubjectAccessReview: (request, spec) => ({ status: this.#decide(request.caller, read(accessSpec, spec)) }),
      SubjectAccessReview: (request, spec) => this.#subjectAccess(request.caller, spec),
      LocalSubjectAccessReview: (request, spec, namespace) => this.#subjectAccess(request.caller, spec, namespace),
      SelfSubjectRulesReview: ({ caller }, spec) => ({ status: this.#rules(caller, read(rulesSpec, spec).namespace) }),
      SelfSubjectReview: ({ caller }) => ({ status: { userInfo: userInfo(caller) } }),
      TokenReview: (request, spec) => this.#token(request.caller, spec),
    };
  }

  /** True for paths that lead here. */
  static serves(path: string): boolean {
    return reviewKinds.some(({ group }) => path.startsWith(`/apis/${group}/${reviewVersion}/`));
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    const [, , group = '', , ...rest] = request.path.split('/');
    const namespace = rest[0] === 'namespaces' ? rest[1] : undefined;
    const [plural, ...more] = namespace === undefined ? rest : rest.slice(2);
    const definition = reviewKinds.find((each) => each.group === group && each.plural === plural);
    if (definition === undefined || more.length > 0 || definition.namespaced !== (namespace !== undefined))
      throw httpError('not_found', `the server could not find ${request.path}`, {});
    if (request.method !== 'POST') throw httpError('unsupported', `${definition.plural} can only be created`, {});
    const apiVersion = `${group}/${reviewVersion}`;
    const sent = read(reviewBody, parseObjectBody(request.body, request.contentType));
    if ((sent.kind ?? definition.kind) !== definition.kind || (sent.apiVersion ?? apiVersion) !== apiVersion)
      throw badRequest(`the body must be a ${definition.kind} of ${apiVersion}`);
    const { kind } = definition;
    const result = await (this.#answers[kind] as Answer)(request, sent.spec ?? {}, namespace);
    return answer(
      { kind, apiVersion, metadata: {}, ...(sent.spec === undefined ? {} : { spec: sent.spec }), ...result },
      201,
    );
  }

  #subjectAccess(caller: Caller, sent: unknown, local?: string): object {
    const resource = local === undefined ? 'subjectaccessreviews' : 'localsubjectaccessreviews';
    requireAccess(caller, { verb: 'create', group: 'authorization.k8s.io', resource, namespace: local });
    const spec = read(subjectSpec, sent);
    if (local !== undefined && spec.resourceAttributes?.namespace !== local)
      throw badRequest(`spec.resourceAttributes.namespace must be that of the path, ${local}`);
    const identity: Identity = { name: spec.user ?? '', groups: spec.groups ?? [], grants: [] };
    return { status: this.#decide(this.#params.authorizer.callerOf(identity), spec) };
  }

  #decide(caller: Caller, { resourceAttributes, nonResourceAttributes }: z.infer<typeof accessSpec>): object {
    if ((resourceAttributes === undefined) === (nonResourceAttributes === undefined))
      throw badRequest('exactly one of spec.resourceAttributes and spec.nonResourceAttributes is required');
    if (nonResourceAttributes !== undefined) {
      const { verb = '', path = '' } = nonResourceAttributes;
      return statusOf(this.#params.authorizer.decidePath(caller, verb, path));
    }
    const { verb = '', group = '', resource = '', subresource = '', namespace, name } = resourceAttributes ?? {};
    return statusOf(
      caller.decide({ verb, group, resource, subresource, namespace: namespace || undefined, name: name || undefined }),
    );
  }

  #rules(caller: Caller, namespace: string): object {
    const held = [...this.#params.authorizer.rulesFor(caller, namespace)].map(({ rule }) => rule);
    const rules: readonly PolicyRule[] = caller.groups.includes('system:masters')
      ? [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { verbs: ['*'], nonResourceURLs: ['*'] }, ...held]
      : held;
    const resourceRules = rules
      .filter(({ resources = [] }) => resources.length > 0)
      .map(({ verbs, apiGroups = [], resources = [], resourceNames }) => ({
        verbs,
        apiGroups,
        resources,
        ...(resourceNames === undefined ? {} : { resourceNames }),
      }));
    const nonResourceRules = rules
      .filter(({ nonResourceURLs = [] }) => nonResourceURLs.length > 0)
      .map(({ verbs, nonResourceURLs = [] }) => ({ verbs, nonResourceURLs }));
    return { incomplete: false, resourceRules, nonResourceRules };
  }

  async #token(caller: Caller, sent: unknown): Promise<object> {
    requireAccess(caller, {
      verb: 'create',
      group: 'authentication.k8s.io',
      resource: 'tokenreviews',
      namespace: undefined,
    });
    const { token } = read(tokenSpec, sent);
    try {
      const known = this.#params.authorizer.callerOf(await this.#params.authenticator.identityOf(token));
      return { spec: {}, status: { authenticated: true, user: userInfo(known) } };
    } catch (thrown) {
      const error = MallaError.from(thrown);
      if (error.code !== 'unauthenticated') throw error;
      // The token itself is not said again.
      return { spec: {}, status: { authenticated: false, error: error.message } };
    }
  }
}

function statusOf({ allowed, reason }: Decision): object {
  return { allowed, ...(reason === '' ? {} : { reason }) };
}

function userInfo({ name, groups, extra, grants }: Caller): object {
  const roles = grants.map(({ role, namespace }) => `${role}@${namespace}`);
  const more = { ...extra, ...(roles.length === 0 ? {} : { 'malla.io/roles': roles }) };
  return { username: name, groups, ...(Object.keys(more).length === 0 ? {} : { extra: more }) };
}

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined);
const selectors = { fieldSelector: z.unknown().optional(), labelSelector: z.unknown().optional() };
const resourceAttributes = z.strictObject({
  namespace: text,
  verb: text,
  group: text,
  version: text,
  resource: text,
  subresource: text,
  name: text,
  ...selectors,
});
const nonResourceAttributes = z.strictObject({ path: text, verb: text });
const accessFields = {
  resourceAttributes: resourceAttributes.optional(),
  nonResourceAttributes: nonResourceAttributes.optional(),
};
const accessSpec = z.strictObject(accessFields);
const subjectSpec = z.strictObject({
  ...accessFields,
  user: z.string().optional(),
  groups: z.array(z.string()).optional(),
  uid: z.string().optional(),
  extra: z.record(z.string(), z.array(z.string())).optional(),
});
const rulesSpec = z.strictObject({ namespace: z.string().min(1) });
const tokenSpec = z.strictObject({ token: z.string().min(1), audiences: z.array(z.string()).optional() });
const reviewBody = z.looseObject({
  kind: z.string().optional(),
  apiVersion: z.string().optional(),
  spec: z.record(z.string(), z.unknown()).optional(),
});

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw badRequest(
    parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; '),
  );
}
