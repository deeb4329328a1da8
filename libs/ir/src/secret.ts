import type { PrivateText } from './private-text.ts';

/** A credential that discovery delivers by SDS. */
export type SecretIr =
  | { readonly kind: 'certificate'; readonly name: string; readonly chainPem: string; readonly keyPem: PrivateText }
  | { readonly kind: 'ca'; readonly name: string; readonly pem: string };
