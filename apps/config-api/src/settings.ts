import { identitySettings } from '@malla/grpc';
import { kubeSettings } from '@malla/kube';
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
  eventTtlSeconds: setting({
    env: 'MALLA_EVENT_TTL_SECONDS',
    schema: integer({ min: 1 }),
    default: '3600',
    description: 'How long an event is kept after it happened last, in seconds.',
  }),
  oidcIssuer: optionalSetting({
    env: 'MALLA_OIDC_ISSUER',
    schema: url(['https', 'http']),
    description: 'OpenID Connect issuer whose identity tokens are accepted. If not set: only tokens of config-api.',
  }),
  oidcAudience: setting({
    env: 'MALLA_OIDC_AUDIENCE',
    schema: text(),
    default: 'malla',
    description: 'Audience (client id) that identity tokens must be for.',
  }),
  oidcUsernameClaim: setting({
    env: 'MALLA_OIDC_USERNAME_CLAIM',
    schema: text(),
    default: 'sub',
    description: 'Claim of identity tokens that names the user.',
  }),
  oidcGroupsClaim: setting({
    env: 'MALLA_OIDC_GROUPS_CLAIM',
    schema: text(),
    default: 'groups',
    description: 'Claim of identity tokens that names the groups of the user.',
  }),
  oidcPrefix: setting({
    env: 'MALLA_OIDC_PREFIX',
    schema: text(),
    default: 'oidc:',
    description: 'Stands before the names of users and groups of the issuer, in role bindings and in history.',
  }),
  oidcCaFile: optionalSetting({
    env: 'MALLA_OIDC_CA_FILE',
    schema: path(),
    description: "Authorities for the issuer's certificate (PEM). If not set: those of Node.js.",
  }),
  ...kubeSettings,
  secretNamespaces: optionalSetting({
    env: 'MALLA_KUBERNETES_SECRET_NAMESPACES',
    schema: list().transform((names) => (names.join() === 'none' ? [] : names)),
    description:
      'Namespaces of the cluster whose Secrets may be read, or none; only those that objects of the mesh name are taken. If not set: MALLA_ROOT_NAMESPACE.',
  }),
  rootNamespace: setting({
    env: 'MALLA_ROOT_NAMESPACE',
    schema: text(),
    default: 'istio-system',
    description: 'Namespace of policies that apply to the whole mesh; the same as for discovery.',
  }),
  domainSuffix: setting({
    env: 'MALLA_DOMAIN_SUFFIX',
    schema: text(),
    default: 'cluster.local',
    description: 'DNS suffix of services.',
  }),
};
