import { defaultAuthorityDir } from '@malla/grpc';
import { kubeSettings } from '@malla/kube';
import { duration, integer, optionalSetting, path, port, setting, text } from '@malla/settings';
import { defaultTrustDomain } from '@malla/spiffe';

/** Settings of the certificate authority, besides those of every service. */
export const authoritySettings = {
  trustDomain: setting({
    env: 'MALLA_TRUST_DOMAIN',
    schema: text(),
    default: defaultTrustDomain,
    description: 'Trust domain of the mesh; fixed at the first start.',
  }),
  keyDir: setting({
    env: 'MALLA_CA_DIR',
    schema: path(),
    default: defaultAuthorityDir,
    description: 'Folder of keys, roots and first tokens (mode 700). Back it up: without it the mesh needs a new root.',
  }),
  handoverDir: optionalSetting({
    env: 'MALLA_HANDOVER_DIR',
    schema: path(),
    description:
      'Folder for others that may not open MALLA_CA_DIR: a copy of root-cert.pem, which everybody may read, and of the first tokens.',
  }),
  grpcHost: setting({
    env: 'MALLA_GRPC_HOST',
    schema: text(),
    default: '0.0.0.0',
    description:
      'Address of the gRPC services (TLS; a client certificate is optional, as first certificates are fetched by token).',
  }),
  grpcPort: setting({
    env: 'MALLA_GRPC_PORT',
    schema: port(),
    default: '15013',
    description: 'Port of the gRPC services.',
  }),
  workloadTtl: setting({
    env: 'MALLA_WORKLOAD_CERT_TTL',
    schema: duration({ min: 10_000 }),
    default: '24h',
    description: 'Life of a certificate; a request may shorten it to 10s, never lengthen it.',
  }),
  issuerTtl: setting({
    env: 'MALLA_ISSUER_TTL',
    schema: duration({ min: 20_000 }),
    default: '8760h',
    description: 'Life of the issuer below the root; replaced at half of it.',
  }),
  rootTtl: setting({
    env: 'MALLA_ROOT_TTL',
    schema: duration({ min: 40_000 }),
    default: '87600h',
    description: 'Life of the root that the first start makes.',
  }),
  joinTokenTtl: setting({
    env: 'MALLA_JOIN_TOKEN_TTL',
    schema: duration({ min: 1_000 }),
    default: '1h',
    description: 'Life of a join token that does not ask for another.',
  }),
  joinTokenMaxTtl: setting({
    env: 'MALLA_JOIN_TOKEN_MAX_TTL',
    schema: duration({ min: 1_000 }),
    default: '24h',
    description:
      'Longest life of a join token; also that of the first tokens of Malla\u2019s own services, which are replaced at half of it.',
  }),
  csrPerMinute: setting({
    env: 'MALLA_CSR_PER_MINUTE',
    schema: integer({ min: 0 }),
    default: '100',
    description:
      'Certificates per identity and minute, and reviews of tokens of service accounts per address and minute; 0 for no limit.',
  }),
  ...kubeSettings,
};
