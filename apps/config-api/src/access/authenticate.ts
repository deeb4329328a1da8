import { MallaError } from '@malla/model';
import type { TokenTable } from '@malla/store-prisma';
import type { Caller } from './caller.ts';

/** No honest token is longer; longer ones are not even hashed. */
const longestToken = 512;

/** Knows callers by their bearer token. Throws `unauthenticated` with the reason; RFC 6750. */
export async function authenticate(
  tokens: Pick<TokenTable, 'check'>,
  authorization: string | undefined,
): Promise<Caller> {
  const [, token] = /^Bearer +([^\s]+)$/i.exec(authorization ?? '') ?? [];
  if (token === undefined || token.length > longestToken) {
    throw new MallaError(
      'unauthenticated',
      'a bearer token is required: send "Authorization: Bearer <token>"; the first start of config-api wrote one for the administrator',
    );
  }
  const { name, grants } = await tokens.check(token);
  return { name, grants };
}
