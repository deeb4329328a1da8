import type { HeaderMatch } from './string-match.ts';

/** Descriptors for a rate-limit service; one action that yields nothing drops the whole descriptor. */
export interface RateLimitPolicy {
  readonly stage: number;
  readonly actions: readonly RateLimitAction[];
}

export type RateLimitAction =
  | { readonly kind: 'source-cluster' | 'destination-cluster' | 'remote-address' }
  | { readonly kind: 'request-header'; readonly header: string; readonly key: string; readonly skipIfAbsent: boolean }
  | {
      readonly kind: 'generic-key';
      readonly key: string;
      /** Texts, and what stands for a value of the request. */
      readonly value: readonly RateLimitValuePart[];
      /** In place of an empty value; empty as well: no entry, and so no descriptor. */
      readonly defaultValue: string;
    }
  | {
      readonly kind: 'header-value-match';
      readonly key: string;
      readonly value: string;
      readonly expect: boolean;
      readonly headers: readonly HeaderMatch[];
    };

/** A text as it is, the peer's SPIFFE id (the URI names of its certificate), or the path without the query. */
export type RateLimitValuePart = { readonly text: string } | 'peer-uri-san' | 'path';
