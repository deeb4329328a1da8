import type { RequestHead } from '@malla/http-codec';
import type { ConnectionInfo } from '../runtime/connection.ts';

/** What a span is begun with. */
export interface TracedRequest {
  readonly head: RequestHead;
  readonly connection: ConnectionInfo;
  readonly route: { readonly config: { readonly operation?: string } } | undefined;
}
