import { builtinAuthorizer } from '@malla/ir';
import type { AuthorizerQuestion, Deciders, HttpResponse } from '@malla/matcher';
import type { Decisions } from '../decisions/decisions.ts';
import { limitHeaders } from '../decisions/decision-services.ts';

/** Whom the proxies of the simulated mesh ask: policy-telemetry, and authorizers that are applications of the mesh. */
export class SimulatedDeciders implements Deciders {
  readonly #decisions: Decisions;
  readonly #application: (cluster: string, question: AuthorizerQuestion) => HttpResponse | undefined;

  /** @param application asks the application behind a cluster; undefined where nothing answers */
  constructor(
    decisions: Decisions,
    application: (cluster: string, question: AuthorizerQuestion) => HttpResponse | undefined,
  ) {
    this.#decisions = decisions;
    this.#application = application;
  }

  authorize(question: AuthorizerQuestion): HttpResponse | undefined {
    const { authorizer, context, headers } = question;
    if (authorizer.name !== builtinAuthorizer) return this.#application(authorizer.service.cluster, question);
    if (this.#decisions.away) return undefined;
    const verdict = this.#decisions.checkKey(context, headers);
    return 'refused' in verdict
      ? { status: 401, headers: {}, body: verdict.refused }
      : { status: 200, headers: { 'x-api-client': verdict.client } };
  }

  limit(descriptors: Parameters<Deciders['limit']>[0]): ReturnType<Deciders['limit']> {
    if (this.#decisions.away) return undefined;
    const statuses = this.#decisions.limit(descriptors);
    return { fits: statuses.every(({ fits }) => fits), headers: limitHeaders(statuses) };
  }
}
