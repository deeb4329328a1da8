import { MallaError } from '@malla/model';
import type { ResourceMirror } from '@malla/store';
import type { TokenTable } from '@malla/store-prisma';
import { accountOfToken } from './account-tokens.ts';
import type { Authorizer } from './authorizer.ts';
import { requireAccess, type Caller, type Identity } from './caller.ts';
import { OidcTokens } from './oidc.ts';

/** No honest token is longer; longer ones are not even hashed. */
const longestToken = 16_384;

export interface AuthenticatorParams {
  readonly tokens: Pick<TokenTable, 'check'>;
  readonly authorizer: Authorizer;
  /** Where service accounts are looked up. */
  readonly objects: Pick<ResourceMirror, 'get'>;
  readonly oidc?: OidcTokens | undefined;
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Knows callers by their bearer token: one of ours, or one of an OpenID Connect issuer. RFC 6750. */
export class Authenticator {
  readonly #params: AuthenticatorParams;

  constructor(params: AuthenticatorParams) {
    this.#params = params;
  }

  /** Throws `unauthenticated` with the reason. */
  async authenticate(authorization: string | undefined): Promise<Caller> {
    const [, token] = /^Bearer +([^\s]+)$/i.exec(authorization ?? '') ?? [];
    if (token === undefined || token.length > longestToken) {
      throw new MallaError(
        'unauthenticated',
        'a bearer token is required: send "Authorization: Bearer <token>"; the first start of config-api wrote one for the administrator',
      );
    }
    return this.#params.authorizer.callerOf(await this.identityOf(token));
  }

  /** Whose token it is. */
  async identityOf(token: string): Promise<Identity> {
    const { oidc, tokens } = this.#params;
    if (oidc !== undefined && OidcTokens.isCandidate(token)) return oidc.check(token);
    const { name, grants } = await tokens.check(token);
    const account = accountOfToken(name);
    if (account === undefined) return { name, groups: [], grants };
    if (this.#params.objects.get(account.key)?.object.metadata.uid !== account.uid)
      throw new MallaError('unauthenticated', 'the service account of the access token was deleted');
    return { name: account.user, groups: [], grants };
  }

  /**
   * Whom a request speaks for: its caller, or whom the `Impersonate-` headers name if the caller may be them.
   * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
   */
  impersonate(caller: Caller, headers: Headers): Caller {
    const user = one(headers['impersonate-user']);
    const groups = all(headers['impersonate-group']);
    const other = Object.keys(headers).find((name) => name.startsWith('impersonate-') && !known.includes(name));
    if (other !== undefined) throw new MallaError('invalid', `the header ${other} is not supported`);
    if (user === undefined && groups.length === 0) return caller;
    if (user === undefined) throw new MallaError('invalid', 'Impersonate-Group needs Impersonate-User');
    requireImpersonation(caller, user);
    for (const group of groups)
      requireAccess(caller, { verb: 'impersonate', group: '', resource: 'groups', namespace: undefined, name: group });
    return this.#params.authorizer.callerOf({ name: user, groups, grants: [] }, { impersonatedBy: caller.name });
  }
}

const known = ['impersonate-user', 'impersonate-group'];

function requireImpersonation(caller: Caller, user: string): void {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  const request =
    namespace === undefined
      ? { resource: 'users', namespace: undefined, name: user }
      : { resource: 'serviceaccounts', namespace, name };
  requireAccess(caller, { verb: 'impersonate', group: '', ...request });
}

function one(value: string | readonly string[] | undefined): string | undefined {
  const text = typeof value === 'object' ? value[0] : value;
  return text === '' ? undefined : text;
}

/** Node joins repeated headers by a comma and a blank. */
function all(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return (typeof value === 'string' ? value.split(', ') : value).filter((each) => each !== '');
}
