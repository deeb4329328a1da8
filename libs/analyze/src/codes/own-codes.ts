import type { CodeDefinition } from './code.ts';

/** Findings that Istio does not have. Their analyzers need the whole mesh, so that they never speak of files alone. */
export const ownCodes: readonly CodeDefinition[] = [
  {
    code: 'MAL0101',
    level: 'warning',
    name: 'MutualTlsConflict',
    args: ['mode', 'host', 'peerAuthentication', 'peerMode'],
    meaning:
      'Clients of a DestinationRule and servers of a PeerAuthentication disagree about mutual TLS: requests fail.',
    text: 'TLS mode {0} for {1} contradicts the PeerAuthentication {2}, which has mode {3}',
    fix: 'Remove tls from the DestinationRule, so that it follows the server, or use ISTIO_MUTUAL.',
  },
  {
    code: 'MAL0102',
    level: 'warning',
    name: 'PrincipalNeverMatches',
    args: ['principal', 'reason'],
    meaning: 'An AuthorizationPolicy names an identity that cannot exist in this mesh, so that the rule never matches.',
    text: 'the principal "{0}" never matches: {1}',
    fix: 'Write TRUST-DOMAIN/ns/NAMESPACE/sa/SERVICE-ACCOUNT with the trust domain of the mesh or one of its aliases.',
  },
  {
    code: 'MAL0103',
    level: 'warning',
    name: 'DestinationCredentialNotFound',
    args: ['secret'],
    meaning: 'A DestinationRule names a Secret that does not exist: its TLS connections cannot be made.',
    text: 'there is no Secret {0}',
    fix: 'Create the Secret in the namespace of the DestinationRule, or correct credentialName.',
  },
  {
    code: 'MAL0104',
    level: 'warning',
    name: 'TcpPortShared',
    args: ['port', 'others'],
    meaning: 'Several ServiceEntries without addresses have one TCP port: a proxy cannot tell their connections apart.',
    text: 'TCP port {0} is also that of {1}, and none of them has addresses',
    fix: 'Set spec.addresses, allocate addresses, or use TLS with server names.',
  },
  {
    code: 'MAL0105',
    level: 'warning',
    name: 'UnknownVirtualServiceHost',
    args: ['host'],
    meaning: 'A VirtualService for sidecars has a host that is no service of the mesh: sidecars never use its routes.',
    text: 'the host {0} is no Service and no ServiceEntry of the mesh: sidecars never see requests for it',
    fix: 'Correct the host, or create the Service or ServiceEntry.',
  },
  {
    code: 'MAL0106',
    level: 'warning',
    name: 'DestinationRulePolicyIgnored',
    args: ['host', 'used'],
    meaning:
      'Several DestinationRules of one namespace set a traffic policy for one host: only that of the oldest is used.',
    text: 'the traffic policy for {0} is not used: that of {1} comes first',
    fix: 'Put the policy of a host into one DestinationRule.',
  },
];
