import type { AuthorizerIr } from '@malla/ir';
import type { Headers, HttpResponse } from './request.ts';

/** What a proxy sends to an authorizer: for HTTP the request itself, for gRPC what it tells of the original one. */
export interface AuthorizerQuestion {
  readonly authorizer: AuthorizerIr;
  /** What it is told of the workload and its policies. */
  readonly context: Readonly<Record<string, string>>;
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly headers: Headers;
}

/** Key and value of each entry. */
export type Descriptor = readonly (readonly [key: string, value: string])[];

export interface LimitAnswer {
  /** False: some limit is used up. */
  readonly fits: boolean;
  /** Of the response, either way. */
  readonly headers: Headers;
}

/** Those that a workload's proxy asks about requests. Undefined as an answer: they could not be asked. */
export interface Deciders {
  /** Its answer; 200 allows. */
  authorize(question: AuthorizerQuestion): HttpResponse | undefined;
  limit(descriptors: readonly Descriptor[]): LimitAnswer | undefined;
}
