/** One field that an authorization service wants changed. */
export type HeaderChange = readonly [name: string, value: string];

/** What an authorization service said. */
export type AuthzVerdict =
  | {
      readonly kind: 'ok';
      /** On the request: taken out, put in place, appended where there is one already. */
      readonly remove: readonly string[];
      readonly set: readonly HeaderChange[];
      readonly append: readonly HeaderChange[];
      /** On the response to the client. */
      readonly responseAdd: readonly HeaderChange[];
    }
  | {
      readonly kind: 'denied';
      readonly status: number;
      readonly headers: readonly HeaderChange[];
      readonly body: string;
    }
  | { readonly kind: 'error' };
