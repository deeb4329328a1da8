import { kubeAccess, KubeClient, reviewToken, type KubeSettings } from '@malla/kube';
import type { HealthCheck } from '@malla/observability';
import { trustBundlePem } from '@malla/pki';
import type { Logger } from 'pino';
import type { Authority } from '../authority.ts';
import { tokenAudience } from '../join-tokens.ts';
import { RootPublisher } from './root-publisher.ts';
import { ServiceAccountTokens } from './service-account-tokens.ts';

/** What the authority has of a Kubernetes cluster. */
export interface KubernetesParts {
  readonly tokens: ServiceAccountTokens;
  readonly publisher: RootPublisher;
  close(): Promise<void>;
}

export interface OpenKubernetesParams {
  readonly context: {
    readonly settings: KubeSettings & { readonly csrPerMinute: number };
    readonly logger: Logger;
    readonly health: { check(name: string): HealthCheck };
  };
  readonly authority: Authority;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Undefined where the settings name no cluster. Asks nobody yet. */
export function openKubernetes({ context, authority, now }: OpenKubernetesParams): KubernetesParts | undefined {
  const { settings, logger, health } = context;
  const access = kubeAccess(settings);
  if (access === undefined) return undefined;
  const client = new KubeClient(access);
  const { trustDomain } = authority;
  const tokens = new ServiceAccountTokens({
    review: (token) => reviewToken(client, token, tokenAudience),
    trustDomain,
    perMinute: settings.csrPerMinute,
    onState: stateOf(health.check('kubernetes'), 'workloads without a certificate get none'),
    now,
  });
  const publisher = new RootPublisher({
    client,
    roots: () => trustBundlePem(authority.bundle),
    logger,
    onState: stateOf(health.check('roots'), 'namespaces may lack the roots'),
  });
  const stopFollowing = authority.onBundle(() => publisher.renew());
  return {
    tokens,
    publisher,
    close: async () => {
      stopFollowing();
      await publisher.stop();
      await client.close();
    },
  };
}

/** Renewals by certificate go on without a cluster, so its loss makes nothing unready. */
function stateOf(check: HealthCheck, meaning: string): (problem: string | undefined) => void {
  check.ok();
  return (problem) => (problem === undefined ? check.ok() : check.degraded(`${meaning}: ${problem}`));
}
