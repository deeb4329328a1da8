import type { ResourceKey } from '@malla/store';

const form = /^(system:serviceaccount:([^:/]+):([^:/]+))\/(.+)$/;

/** Whose a token of a service account is. */
export interface TokenAccount {
  /** The user name. */
  readonly user: string;
  readonly key: ResourceKey;
  /** The token ends with this very object: another account of its name is somebody else. */
  readonly uid: string;
}

/** Under this name a token of a service account is kept. */
export function accountToken(user: string, uid: string | undefined): string {
  return `${user}/${uid ?? ''}`;
}

/** Reads such a name; undefined for that of any other token. */
export function accountOfToken(name: string): TokenAccount | undefined {
  const [, user, namespace = '', account = '', uid = ''] = form.exec(name) ?? [];
  if (user === undefined) return undefined;
  return { user, uid, key: { group: '', kind: 'ServiceAccount', namespace, name: account } };
}
