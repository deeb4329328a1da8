import { MallaError } from '@malla/model';
import type { ServiceDefinition } from '@malla/observability';
import { trustDomainProblem } from '@malla/spiffe';
import { AuthorityModule, AuthorityRuntime, type AuthorityContext } from './authority.module.ts';
import { authoritySettings } from './settings.ts';

/** certificate-authority: who workloads are, proved by certificates. */
export function certificateAuthority(version: string): ServiceDefinition<typeof authoritySettings> {
  let runtime: AuthorityRuntime | undefined;
  return {
    name: 'certificate-authority',
    description: 'signs SPIFFE identities of workloads and of Malla\u2019s services',
    version,
    settings: authoritySettings,
    httpPort: '15083',
    module(context) {
      checkSettings(context);
      return AuthorityModule.forRoot(context);
    },
    async start(app, context) {
      const opened = app.get(AuthorityRuntime);
      runtime = opened;
      await opened.start(context);
    },
    async stop() {
      await runtime?.stop();
    },
  };
}

/** Checks what settings say together. */
function checkSettings({ settings }: AuthorityContext): void {
  const domain = trustDomainProblem(settings.trustDomain);
  if (domain !== undefined) throw new MallaError('invalid', `MALLA_TRUST_DOMAIN: ${domain.message}`);
  // An issuer is replaced at half of its life, and must outlive what it signed until then.
  if (settings.issuerTtl < 2 * settings.workloadTtl) {
    throw new MallaError('invalid', 'MALLA_ISSUER_TTL: must be at least twice MALLA_WORKLOAD_CERT_TTL');
  }
  if (settings.rootTtl < settings.issuerTtl)
    throw new MallaError('invalid', 'MALLA_ROOT_TTL: must not be less than MALLA_ISSUER_TTL');
  if (settings.joinTokenTtl > settings.joinTokenMaxTtl) {
    throw new MallaError('invalid', 'MALLA_JOIN_TOKEN_TTL: must not be more than MALLA_JOIN_TOKEN_MAX_TTL');
  }
}
