import type { EndpointIr } from '@malla/ir';
import type { CalleeLookup } from './callee.ts';
import type { ForwardPlan } from './forward-plan.ts';
import { receive, type Reception } from './inbound.ts';
import type { SecretIr } from '@malla/ir';
import { step, type Step } from './step.ts';
import { decideTransport, type Transport } from './tls-decision.ts';

/** One try at one endpoint, up to what the callee makes of it. */
export interface Attempt {
  readonly endpoint: EndpointIr;
  readonly transport: Transport;
  readonly reception: Reception;
}

export interface AttemptParams {
  readonly plan: ForwardPlan;
  readonly endpoint: EndpointIr;
  readonly caller: string;
  readonly calleeOf: CalleeLookup;
  readonly secrets: readonly SecretIr[];
  readonly steps: Step[];
}

/** Goes to an endpoint: transport, mutual TLS, authorization. */
export function attempt({ plan, endpoint, caller, calleeOf, secrets, steps }: AttemptParams): Attempt {
  const { workload } = endpoint;
  steps.push(
    step('endpoint', `endpoint ${endpoint.address}:${endpoint.port} (${workload.namespace}/${workload.name})`),
  );
  const decided = decideTransport(plan.destination, endpoint);
  const transport: Transport = plan.clientTls === true && decided.kind === 'plain' ? { kind: 'client' } : decided;
  steps.push(
    step(
      'transport',
      transportWords[transport.kind],
      transport.kind === 'plain' || transport.kind === 'client' ? undefined : plan.destination.origin,
    ),
  );
  const reception = receive({ callee: calleeOf(endpoint), transport, caller, secrets, request: plan.request, steps });
  return { endpoint, transport, reception };
}

const transportWords = {
  plain: 'plain text',
  mesh: 'mutual TLS of the mesh',
  origination: 'TLS to an outside server',
  client: 'TLS of the client, passed on',
} as const;
