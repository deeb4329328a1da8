import { identitySettings } from '@malla/grpc';
import { integer, list, optionalSetting, path, port, PrivateText, setting, text, url } from '@malla/settings';

/** Default of MALLA_STATE_DIR. */
export const defaultStateDir = '.malla/config-api';

/** The settings of config-api, besides those that every service has. */
export const configApiSettings = {
  ...identitySettings(defaultStateDir),
  restHost: setting({
    env: 'MALLA_REST_HOST',
    schema: text(),
    default: '127.0.0.1',
    description: 'Address of the REST API (HTTPS).',
  }),
  restPort: setting({
    env: 'MALLA_REST_PORT',
    schema: port(),
    default: '16443',
    description: 'Port of the REST API (HTTPS).',
  }),
  restHosts: setting({
    env: 'MALLA_REST_HOSTS',
    schema: list(),
    default: 'localhost,127.0.0.1,::1',
    description: 'Host names and addresses that clients reach the REST API by: they stand in its certificate.',
  }),
  grpcHost: setting({
    env: 'MALLA_GRPC_HOST',
    schema: text(),
    default: '127.0.0.1',
    description: 'Address of the ConfigService (gRPC, mutual TLS).',
  }),
  grpcPort: setting({
    env: 'MALLA_GRPC_PORT',
    schema: port(),
    default: '16444',
    description: 'Port of the ConfigService (gRPC, mutual TLS).',
  }),
  databaseUrl: optionalSetting({
    env: 'DATABASE_URL',
    flag: null,
    schema: url(['postgres', 'postgresql']).transform((value) => new PrivateText(value)),
    description: 'Postgres 15 or newer. If not set, Malla runs its own.',
  }),
  postgresDir: optionalSetting({
    env: 'MALLA_POSTGRES_DIR',
    schema: path(),
    description:
      "Folder of Malla's own Postgres; replicas on one machine may share it. If not set: postgres in MALLA_STATE_DIR.",
  }),
  secretKeyFile: optionalSetting({
    env: 'MALLA_SECRET_KEY_FILE',
    schema: path(),
    description:
      'Key that seals secrets in the database (mode 600, made if missing); replicas share it. If not set: secret.key in MALLA_STATE_DIR.',
  }),
  redisUrl: optionalSetting({
    env: 'REDIS_URL',
    flag: null,
    schema: url(['redis', 'rediss']).transform((value) => new PrivateText(value)),
    description: 'Redis or Valkey: wakes replicas, knows what proxies acknowledged. Configuration works without it.',
  }),
  meshId: setting({
    env: 'MALLA_MESH_ID',
    schema: text(),
    default: 'default',
    description: 'Which mesh of the database and of Redis this is.',
  }),
  keepRevisions: setting({
    env: 'MALLA_KEEP_REVISIONS',
    schema: integer({ min: 100 }),
    default: '100000',
    description: 'How many revisions of history are kept.',
  }),
  domainSuffix: setting({
    env: 'MALLA_DOMAIN_SUFFIX',
    schema: text(),
    default: 'cluster.local',
    description: 'DNS suffix of services.',
  }),
};
