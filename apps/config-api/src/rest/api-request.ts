import type { Caller } from '../access/caller.ts';
import type { Query } from './list-options.ts';

/** One HTTP request to the API, after authentication, free of any HTTP library. */
export interface ApiRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: Query;
  readonly contentType: string;
  readonly accept: string | undefined;
  /** The program of the caller. */
  readonly userAgent: string | undefined;
  readonly body: Uint8Array | undefined;
  readonly caller: Caller;
  /** Given to this request, or taken from its `malla-change-id` header. */
  readonly changeId: string;
  /** Fires when the server is closing; for a watch, also when its client is gone. */
  readonly signal: AbortSignal;
}

/** What an answer says, before it is bytes. */
export interface ApiResponse {
  readonly status: number;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as the body's `items` (or `rows`), in pieces, so that a long list does not hold up other requests. */
  readonly list?: { readonly field: 'items' | 'rows'; readonly values: readonly unknown[] };
  /** Sent as it is, instead of a body. */
  readonly bytes?: { readonly type: string; readonly data: Uint8Array };
  /** Sent one by one as they come, a JSON document each. */
  readonly stream?: AsyncIterable<unknown>;
  readonly warnings?: readonly string[];
}

/** An answer with a body. */
export function answer(body: unknown, status = 200, warnings: readonly string[] = []): ApiResponse {
  return { status, body, warnings };
}
