/** How one string is matched. Regular expressions are RE2 and match the whole value. */
export type ValueMatch =
  | { readonly kind: 'exact'; readonly value: string }
  | { readonly kind: 'prefix'; readonly value: string }
  | { readonly kind: 'suffix'; readonly value: string }
  | { readonly kind: 'regex'; readonly value: string }
  /** Any value, but there must be one (for headers and query parameters an empty value counts). */
  | { readonly kind: 'present' };
