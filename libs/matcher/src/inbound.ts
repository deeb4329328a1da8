import { compileAuthorization, peerAttributes, type AuthorizationDecision } from '@malla/authz';
import type { InboundIr, InboundPortIr, MutualTlsMode, Origin, SecretIr } from '@malla/ir';
import { parseSpiffeId } from '@malla/spiffe';
import type { Callee, ReceivedRequest } from './callee.ts';
import { describeDecision } from './describe-decision.ts';
import { enterGateway } from './enter-gateway.ts';
import { normalizeTarget } from './path.ts';
import { applyPolicies } from './request-policies.ts';
import type { Headers, HttpRequest, HttpResponse } from './request.ts';
import { step, type Step } from './step.ts';
import type { Transport } from './tls-decision.ts';

/** What a callee makes of one try. */
export type Reception =
  /** The application gets it. */
  | {
      readonly kind: 'received';
      readonly request: ReceivedRequest;
      /** What its proxy adds to the response; absent: nothing. */
      readonly responseHeaders?: Headers;
    }
  /** Its proxy answers 400: the path is malformed. */
  | { readonly kind: 'malformed' }
  /** Its proxy answers 403. */
  | { readonly kind: 'denied'; readonly decision: Extract<AuthorizationDecision, { allowed: false }> }
  /** Its proxy answers as an authorizer says, or because a limit is used up. */
  | { readonly kind: 'answered'; readonly response: HttpResponse }
  /** No connection, or no TLS handshake. */
  | { readonly kind: 'no-connection'; readonly why: string }
  /** The connection is closed before a response. */
  | { readonly kind: 'closed'; readonly why: string };

export interface ReceiveParams {
  readonly callee: Callee | undefined;
  readonly transport: Transport;
  /** SPIFFE id of the caller's proxy. */
  readonly caller: string;
  /** Secrets of the caller's proxy, for TLS origination. */
  readonly secrets: readonly SecretIr[];
  readonly request: HttpRequest;
  readonly steps: Step[];
}

/** Decides one try at the callee: transport, then policies. */
export function receive(params: ReceiveParams): Reception {
  const { callee, transport, request } = params;
  if (callee === undefined) return refuse(params, 'no-connection', 'nothing listens there');
  if (callee.kind === 'proxied') return receiveAtProxy(params, callee);
  if (callee.kind === 'gateway') return receiveAtGateway(params, callee);
  if (callee.kind === 'plain') {
    if (transport.kind !== 'plain') return refuse(params, 'no-connection', 'the server speaks plain text only');
    return { kind: 'received', request };
  }
  if (transport.kind === 'client') return { kind: 'received', request };
  const failure = transport.kind === 'origination' ? handshakeFailure(transport, callee, params) : transport.kind;
  if (failure === undefined) return { kind: 'received', request };
  if (failure === 'plain') return refuse(params, 'closed', 'the server speaks TLS only');
  return refuse(params, 'no-connection', failure === 'mesh' ? 'the server is not part of the mesh' : failure);
}

/** A gateway's own routes are decided by who plays it: the application. */
function receiveAtGateway(params: ReceiveParams, callee: Extract<Callee, { kind: 'gateway' }>): Reception {
  const { transport, request, caller } = params;
  if (transport.kind === 'client' || transport.kind === 'origination')
    return refuse(params, 'no-connection', "TLS without the mesh's certificates");
  const mesh = transport.kind === 'mesh';
  if (mesh && transport.subjectAltNames.length > 0 && !transport.subjectAltNames.includes(callee.identity))
    return refuse(params, 'no-connection', `the callee is ${callee.identity}, which the caller does not expect`);
  const tls = mesh ? { serverName: transport.sni, certificate: { subjectAltNames: [caller] } } : undefined;
  const reception = enterGateway(callee.gateway, { address: callee.address, port: callee.port, ...(tls && { tls }) });
  if (reception.kind === 'refused') return refuse(params, mesh ? 'no-connection' : 'closed', reception.why);
  return { kind: 'received', request: { ...request, ...(mesh ? { peer: caller } : {}), entry: reception.entry } };
}

function receiveAtProxy(params: ReceiveParams, callee: Extract<Callee, { kind: 'proxied' }>): Reception {
  const { transport, request, steps } = params;
  const port = portOf(callee.inbound, callee.targetPort);
  const refusal = mutualTlsVerdict(params, {
    mode: port.mutualTls,
    identity: callee.identity,
    trustDomains: callee.inbound.trustDomains,
  });
  if (refusal !== undefined) return refuse(params, refusal.kind, refusal.why, port.mutualTlsOrigin);
  const peer = transport.kind === 'mesh' ? params.caller : undefined;
  steps.push(step('mutual-tls', acceptance(port.mutualTls, peer), port.mutualTlsOrigin));
  if (port.protocol === 'tcp') return receiveBytes(params, { port, targetPort: callee.targetPort, peer });
  const target = normalizeTarget(request.path);
  if (target === undefined) return { kind: 'malformed' };
  const { inbound, deciders, targetPort } = callee;
  const verdict = applyPolicies({
    policies: port,
    authorizers: inbound.authorizers ?? [],
    port: targetPort,
    request: { ...request, path: target },
    peer,
    deciders,
    steps,
  });
  if (verdict.kind !== 'passed') return verdict;
  const { headers, responseHeaders } = verdict;
  const received = { ...request, path: target, headers, ...(peer === undefined ? {} : { peer }) };
  return {
    kind: 'received',
    request: received,
    ...(Object.keys(responseHeaders).length > 0 && { responseHeaders }),
  };
}

type Port = Pick<InboundPortIr, 'mutualTls' | 'authorization' | 'mutualTlsOrigin' | 'rateLimits'> & {
  readonly protocol?: InboundPortIr['protocol'];
};

/** A TCP port: authorization knows the connection only, and a denial closes it. */
function receiveBytes(
  params: ReceiveParams,
  { port, targetPort, peer }: { port: Port; targetPort: number; peer: string | undefined },
): Reception {
  const decision = compileAuthorization(port.authorization)({
    ...peerAttributes(peer),
    method: '',
    path: '',
    port: targetPort,
    headers: {},
  });
  params.steps.push(step('authorization', describeDecision(decision), decision.policy));
  if (!decision.allowed) return { kind: 'closed', why: describeDecision(decision) };
  return { kind: 'received', request: params.request };
}

/** The port's own configuration, or what holds for ports that no Service names. */
function portOf(inbound: InboundIr, targetPort: number): Port {
  return inbound.ports.find((port) => port.targetPort === targetPort) ?? inbound.passthrough;
}

function mutualTlsVerdict(
  { transport, caller }: ReceiveParams,
  callee: { mode: MutualTlsMode; identity: string; trustDomains: readonly string[] },
): { readonly kind: 'no-connection' | 'closed'; readonly why: string } | undefined {
  if (transport.kind === 'plain') {
    return callee.mode === 'strict' ? { kind: 'closed', why: 'the port takes mutual TLS only' } : undefined;
  }
  if (transport.kind === 'client') {
    // The application's own TLS is for ports that permit it and carry bytes, which nothing of this mesh listens for.
    return { kind: 'no-connection', why: "TLS without the mesh's certificates" };
  }
  if (callee.mode === 'disable') return { kind: 'no-connection', why: 'the port takes plain text only' };
  if (transport.kind === 'origination') return { kind: 'no-connection', why: "TLS without the mesh's certificates" };
  const { subjectAltNames } = transport;
  if (subjectAltNames.length > 0 && !subjectAltNames.includes(callee.identity)) {
    return { kind: 'no-connection', why: `the callee is ${callee.identity}, which the caller does not expect` };
  }
  const parsed = parseSpiffeId(caller);
  const trusted = parsed.ok && callee.trustDomains.includes(parsed.id.trustDomain);
  return trusted ? undefined : { kind: 'no-connection', why: 'the caller is of another trust domain' };
}

/** Why a TLS handshake outside the mesh fails; undefined when it succeeds. */
function handshakeFailure(
  transport: Extract<Transport, { kind: 'origination' }>,
  callee: Extract<Callee, { kind: 'tls' }>,
  { secrets }: ReceiveParams,
): string | undefined {
  if (callee.requiresClientCertificate && transport.certificateSecret === undefined)
    return 'the server asks for a client certificate';
  if (transport.insecureSkipVerify) return undefined;
  const ca = secrets.find((secret) => secret.kind === 'ca' && secret.name === transport.caSecret);
  if (ca?.kind !== 'ca' || ca.pem.trim() !== callee.issuerPem.trim())
    return "the server's certificate is of an unknown CA";
  const expected =
    transport.subjectAltNames.length > 0
      ? transport.subjectAltNames
      : [transport.sni].filter((name) => name !== undefined);
  if (expected.length > 0 && !expected.some((name) => callee.subjectAltNames.includes(name))) {
    return `the server's certificate is not for ${expected.join(', ')}`;
  }
  return undefined;
}

function refuse({ steps }: ReceiveParams, kind: 'no-connection' | 'closed', why: string, origin?: Origin): Reception {
  steps.push(step('transport', `refused: ${why}`, origin));
  return { kind, why };
}

function acceptance(mode: MutualTlsMode, peer: string | undefined): string {
  return peer === undefined ? `mode ${mode} takes plain text` : `mode ${mode} takes mutual TLS of ${peer}`;
}
