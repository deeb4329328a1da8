import type { PrismaClient } from './gen/prisma/client.ts';
import type { ResourceRow } from './rows.ts';
import type { ObjectCodec } from './sealed-object.ts';
import { SecretKeyring, type SecretCipher } from './secret-cipher.ts';

export interface ResealParams {
  readonly prisma: PrismaClient;
  readonly codec: ObjectCodec;
  readonly meshId: string;
  readonly cipher: SecretCipher;
}

/** Every text with a sealed part holds this; others may. */
const mark = '%"$sealed":%';

/**
 * Seals with the present key what older ones have sealed, in the state and in the log, and notes the present key. Nothing to do with a
 * single key. Safe beside writers: a row that changed meanwhile is left to its writer, and to the next start.
 */
export async function resealSecrets({ prisma, codec, meshId, cipher }: ResealParams): Promise<number> {
  if (!(cipher instanceof SecretKeyring) || !cipher.isRotating) return 0;
  const state = await prisma.$queryRaw<ResourceRow[]>`
    SELECT "group", kind, namespace, name, revision, object FROM "Resource" WHERE "meshId" = ${meshId} AND object LIKE ${mark}`;
  const log = await prisma.$queryRaw<ResourceRow[]>`
    SELECT "group", kind, namespace, name, revision, object FROM "Revision" WHERE "meshId" = ${meshId} AND object LIKE ${mark}`;
  let count = 0;
  for (const row of state) {
    const text = resealed(codec, row);
    if (text === undefined) continue;
    count += await prisma.$executeRaw`
      UPDATE "Resource" SET object = ${text} WHERE "meshId" = ${meshId} AND "group" = ${row.group} AND kind = ${row.kind}
        AND namespace = ${row.namespace} AND name = ${row.name} AND revision = ${row.revision}`;
  }
  for (const row of log) {
    const text = resealed(codec, row);
    if (text === undefined) continue;
    count +=
      await prisma.$executeRaw`UPDATE "Revision" SET object = ${text} WHERE "meshId" = ${meshId} AND revision = ${row.revision}`;
  }
  await prisma.mesh.update({ where: { id: meshId }, data: { keyCheck: cipher.keyCheck } });
  return count;
}

/** Undefined for a row that needs nothing. */
function resealed(codec: ObjectCodec, { group, kind, namespace, name, object }: ResourceRow): string | undefined {
  const key = { group, kind, namespace, name };
  return codec.isCurrent(key, object) ? undefined : codec.encode(key, codec.decode(key, object));
}
