import { credentialCaSecretName, credentialSecretName, meshSni, type ClientTlsIr } from '@malla/ir';
import type { DestinationOptions } from '../mesh-inputs.ts';
import { trustDomainsOf } from '../trust-domains.ts';
import type { PortPolicy } from './policy.ts';

export interface ClientTlsInputs {
  readonly mesh: DestinationOptions;
  readonly service: { readonly host: string; readonly namespace: string };
  readonly port: number;
  readonly subset: string;
  readonly policy: PortPolicy;
  /** Service accounts of the service's workloads. */
  readonly serviceAccounts: readonly string[];
}

/** How connections to the endpoints are secured. Without a policy: mutual TLS to every endpoint that takes it (auto mTLS). */
export function resolveClientTls(inputs: ClientTlsInputs): ClientTlsIr {
  const { policy, service, port, subset } = inputs;
  const sni = meshSni(port, subset, service.host);
  const { tls } = policy;
  if (tls === undefined) return { kind: 'auto', sni, subjectAltNames: peerIds(inputs) };
  switch (tls.mode) {
    case undefined:
    case 'DISABLE':
      return { kind: 'plain' };
    case 'ISTIO_MUTUAL':
      return { kind: 'mesh', sni: tls.sni ?? sni, subjectAltNames: tls.subjectAltNames ?? peerIds(inputs) };
    case 'SIMPLE':
    case 'MUTUAL':
      return originate(tls);
  }
}

/** TLS to a server outside the mesh's identities. With a credential its CA is required; without one the system's roots are. */
function originate(tls: NonNullable<PortPolicy['tls']>): ClientTlsIr {
  const { credentialName, sni, mode } = tls;
  return {
    kind: 'origination',
    ...(sni === undefined ? {} : { sni }),
    subjectAltNames: tls.subjectAltNames ?? [],
    insecureSkipVerify: tls.insecureSkipVerify ?? false,
    ...(credentialName === undefined ? {} : { caSecret: credentialCaSecretName(credentialName) }),
    ...(credentialName === undefined || mode !== 'MUTUAL'
      ? {}
      : { certificateSecret: credentialSecretName(credentialName) }),
  };
}

const idPart = /^[A-Za-z0-9._-]+$/;

/**
 * SPIFFE ids that the service's workloads may show, in every accepted trust domain. An account that cannot stand in a SPIFFE id can have no
 * certificate, so it is left out.
 */
function peerIds({ mesh, service, serviceAccounts }: ClientTlsInputs): readonly string[] {
  return serviceAccounts
    .filter((account) => idPart.test(account))
    .flatMap((account) =>
      trustDomainsOf(mesh).map((domain) => `spiffe://${domain}/ns/${service.namespace}/sa/${account}`),
    );
}
