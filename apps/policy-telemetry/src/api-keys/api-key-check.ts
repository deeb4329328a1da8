import type { AttributeContext } from '@malla/protos/gen/envoy/service/auth/v3/attribute_context_pb';
import type { ApiKeyTable } from './api-key-table.ts';

/** What becomes of a request. */
export type KeyVerdict =
  | {
      readonly outcome: 'allowed';
      readonly client: string;
      readonly policy: string;
      readonly headers: readonly string[];
    }
  | { readonly outcome: 'no_key' | 'unknown_key'; readonly header: string }
  /** No policy that exists selects the workload, so nobody can have a key. */
  | { readonly outcome: 'no_policy' };

/** The headers of a request by lower-case name; Envoy sends them in one form or, by an option, in another. */
export function headersOf(attributes: AttributeContext): ReadonlyMap<string, string> {
  const http = attributes.request?.http;
  const headers = new Map(Object.entries(http?.headers ?? {}));
  for (const { key, value, rawValue } of http?.headerMap?.headers ?? []) {
    const text = rawValue.length > 0 ? new TextDecoder().decode(rawValue) : value;
    const before = headers.get(key);
    headers.set(key, before === undefined ? text : `${before},${text}`);
  }
  return headers;
}

/**
 * Looks for a key that one of the policies knows. A request may have keys of several policies; one that is known is enough.
 * @param policies `<namespace>/<name>` of the ApiKeyPolicies of the workload
 */
export function checkApiKey(
  table: Pick<ApiKeyTable, 'demandOf'>,
  policies: readonly string[],
  headers: ReadonlyMap<string, string>,
): KeyVerdict {
  const demands = policies.flatMap((policy) => {
    const demand = table.demandOf(policy);
    return demand === undefined ? [] : [{ policy, ...demand }];
  });
  const [first] = demands;
  if (first === undefined) return { outcome: 'no_policy' };
  let refused: string | undefined;
  for (const { policy, header, clientOf } of demands) {
    const value = headers.get(header);
    if (value === undefined || value === '') continue;
    const client = clientOf(keyOf(header, value));
    // The upstream gets none of the headers that hold keys, not only the one that counted.
    if (client !== undefined)
      return { outcome: 'allowed', client, policy, headers: [...new Set(demands.map((demand) => demand.header))] };
    refused ??= header;
  }
  return refused === undefined
    ? { outcome: 'no_key', header: first.header }
    : { outcome: 'unknown_key', header: refused };
}

/** `Authorization: Bearer KEY` is how clients send a key in that header (RFC 6750, section 2.1). */
function keyOf(header: string, value: string): string {
  return header === 'authorization' ? value.replace(/^bearer +/i, '') : value;
}
