import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { HealthCheck } from '@malla/observability';
import { duration, hostPort, optionalSetting, path, setting, text, type SettingsOf } from '@malla/settings';
import { defaultTrustDomain, parseWorkloadId } from '@malla/spiffe';
import type { Logger } from 'pino';
import { MeshIdentity } from './mesh-identity.ts';

/** Where the certificate authority keeps its keys unless it is told otherwise; it writes roots and first tokens there too. */
export const defaultAuthorityDir = '.malla/certificate-authority';

/**
 * The settings by which one of Malla's services gets its identity. The defaults fit a checkout with all services on one machine.
 * @param stateDir default of MALLA_STATE_DIR, such as `.malla/discovery`
 */
export function identitySettings(stateDir: string) {
  return {
    trustDomain: setting({
      env: 'MALLA_TRUST_DOMAIN',
      schema: text(),
      default: defaultTrustDomain,
      description: 'Trust domain of the mesh.',
    }),
    caAddress: setting({
      env: 'MALLA_CA_ADDRESS',
      schema: hostPort(),
      default: '127.0.0.1:15013',
      description: 'The certificate authority, host:port.',
    }),
    caRootFile: setting({
      env: 'MALLA_CA_ROOT_FILE',
      schema: path(),
      default: `${defaultAuthorityDir}/root-cert.pem`,
      description: 'Roots that the certificate authority is first known by (PEM); waited for.',
    }),
    tokenFile: optionalSetting({
      env: 'MALLA_TOKEN_FILE',
      schema: path(),
      description:
        'Join token; read only without a usable certificate. If not set: bootstrap/<service>.token beside the roots.',
    }),
    stateDir: setting({
      env: 'MALLA_STATE_DIR',
      schema: path(),
      default: stateDir,
      description: 'Folder of key and certificates (mode 700).',
    }),
    certTtl: optionalSetting({
      env: 'MALLA_CERT_TTL',
      schema: duration({ min: 10_000 }),
      description: 'Wished life of the certificate; the authority may shorten it. Its default if not set.',
    }),
  };
}

/** See {@link identitySettings}. */
export type IdentitySettings = SettingsOf<ReturnType<typeof identitySettings>>;

export interface OpenIdentityParams {
  readonly settings: IdentitySettings;
  /** The SPIFFE id of this process. */
  readonly spiffeId: string;
  readonly logger: Logger;
  readonly health?: HealthCheck;
  /** Host names and addresses for the certificate; the authority grants them to the control plane only. Default none. */
  readonly hosts?: readonly string[];
}

/**
 * Makes an identity from its settings; `start()` fetches it.
 * @throws MallaError `invalid` if the state folder is open to others
 */
export function openIdentity(params: OpenIdentityParams): MeshIdentity {
  const { settings, spiffeId, logger, health, hosts } = params;
  const tokenFile = settings.tokenFile ?? bootstrapToken(settings.caRootFile, spiffeId);
  return new MeshIdentity({
    spiffeId,
    trustDomain: settings.trustDomain,
    authority: settings.caAddress,
    roots: () => readIfThere(settings.caRootFile),
    rootsSource: settings.caRootFile,
    token: () => readIfThere(tokenFile),
    tokenSource: tokenFile,
    stateDir: settings.stateDir,
    logger,
    ...(settings.certTtl === undefined ? {} : { ttlMs: settings.certTtl }),
    ...(health === undefined ? {} : { health }),
    ...(hosts === undefined ? {} : { hosts }),
  });
}

/** Where the authority writes the first token of one of Malla's services. */
function bootstrapToken(rootFile: string, spiffeId: string): string {
  return join(dirname(rootFile), 'bootstrap', `${parseWorkloadId(spiffeId)?.serviceAccount}.token`);
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
