import { HeaderList } from '@malla/http-codec';

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

/** The verdict, or an error when it has fields that cannot be sent: nothing passes by half of an answer. Source: Envoy's validation of check responses. */
export function usableVerdict(verdict: AuthzVerdict): AuthzVerdict {
  if (verdict.kind === 'error') return verdict;
  const usable =
    verdict.kind === 'ok'
      ? verdict.set.every(isUsable) && verdict.append.every(isField) && verdict.responseAdd.every(isField)
      : verdict.headers.every(isField) && verdict.status >= 200 && verdict.status <= 599;
  return usable ? verdict : { kind: 'error' };
}

function isUsable(change: HeaderChange): boolean {
  const [name, value] = change;
  switch (name) {
    case ':path':
      return /^\/[\x21-\x7e]*$/.test(value);
    case ':authority':
    case 'host':
      return /^[\w.~%!$&'()*+,;=:[\]-]+$/.test(value);
    case ':method':
      return /^[A-Z-]+$/.test(value);
    default:
      return name.startsWith(':') || isField(change);
  }
}

function isField([name, value]: HeaderChange): boolean {
  try {
    new HeaderList().append(name, value);
    return true;
  } catch {
    return false;
  }
}

/** Text of a field or body, which has one character per byte, as the UTF-8 that it is. */
export function decoded(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}
