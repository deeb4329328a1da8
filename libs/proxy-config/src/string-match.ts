/** Envoy's StringMatcher. Regular expressions are RE2 and match the whole text. */
export interface StringMatch {
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'contains' | 'regex';
  readonly value: string;
  /** Not for regular expressions. */
  readonly ignoreCase: boolean;
}

/** Envoy's HeaderMatcher. */
export interface HeaderMatch {
  /** Lower case; also `:method`, `:path`, `:authority`, `:scheme`. */
  readonly name: string;
  readonly match:
    | { readonly kind: 'string'; readonly matcher: StringMatch }
    /** `start` included, `end` not; the value must be a whole decimal number. */
    | { readonly kind: 'range'; readonly start: number; readonly end: number }
    /** Present (true) or absent (false). */
    | { readonly kind: 'present'; readonly present: boolean };
  readonly inverted: boolean;
  /** A missing header counts as an empty one. */
  readonly missingIsEmpty: boolean;
}
