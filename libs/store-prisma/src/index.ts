// The store as config-api uses it
export { openStore, type OpenedStore, type OpenStoreParams } from './open-store.ts';
// Its parts
export { Leadership, type LeadershipParams } from './leadership.ts';
export { PrismaStore, type PrismaStoreParams } from './prisma-store.ts';
export { openDatabase, type Database } from './database.ts';
export { EmbeddedPostgres } from './embedded/embedded-postgres.ts';
export {
  TokenTable,
  type CreateTokenParams,
  type Grant,
  type TokenRecord,
  type TokenTableParams,
} from './token-table.ts';
export { AuditLog, type AuditLogParams, type AuditRecord } from './audit-log.ts';
export { AesSecretCipher, loadSecretKeys, SecretKeyring, type SecretCipher } from './secret-cipher.ts';
// Golden signals
export { PrismaTelemetryStore, type PrismaTelemetryStoreParams } from './telemetry-store.ts';
