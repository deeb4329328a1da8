import {
  compile,
  type AuthorizerQuestion,
  type HttpResponse,
  edgeHeaders,
  enterGateway,
  hasAmbiguousHeader,
  receive,
  type Application,
  type Callee,
  type CallerRequest,
  type ClientCertificate,
  type ClientHello,
  type Exchange,
  type GatewayEntry,
  type GatewayReception,
  type Matcher,
} from '@malla/matcher';
import type { KnownResource } from '@malla/model';
import type { EndpointIr, SecretIr } from '@malla/ir';
import { seededRandom } from '../fakes/seeded-random.ts';
import { Decisions } from '../decisions/decisions.ts';
import { Behaviour, type BehaviourSettings } from '../network/behaviour.ts';
import type { DescribedObservation, DescribedRequest } from './case-schema.ts';
import {
  calledService,
  identityOf,
  versionOf,
  workloadNamed,
  workloads,
  type FixtureAddresses,
  type FixtureWorkload,
} from './mesh.ts';
import type { Observed, Outcome, SeenByApplication } from './outcome.ts';
import { at } from './paths.ts';
import { SimulatedDeciders } from './simulated-deciders.ts';
import { Translation, type TranslatedProxy } from './translate.ts';
import type { World } from './world.ts';

/** PEM texts of the simulated run: nobody looks inside, they only have to differ. */
const pems: Readonly<Record<string, string>> = {
  ca: pem('CA'),
  'other-ca': pem('OTHER'),
  'client-cert': pem('CLIENT'),
  'client-key': pem('KEY', 'PRIVATE KEY'),
  'other-client-cert': pem('OTHER CLIENT'),
  'web-cert': pem('WEB'),
  'web-key': pem('WEB KEY', 'PRIVATE KEY'),
  'shop-cert': pem('SHOP'),
  'shop-key': pem('SHOP KEY', 'PRIVATE KEY'),
};

/** The mesh as `@malla/matcher` sees it: IR, applications that are functions, and time that only they move. */
export class SimulatedWorld implements World {
  readonly #addresses = syntheticAddresses();
  readonly #translation = new Translation(this.#addresses);
  #proxies: ReadonlyMap<string, TranslatedProxy> = new Map();
  #matchers = new Map<string, Matcher>();
  #behaviours = new Map<string, Behaviour>();
  #random = seededRandom();
  #now = 0;
  #seen: SeenByApplication[] = [];
  #deciders: SimulatedDeciders | undefined;

  readonly placeholders = (name: string): string | number => {
    const kind = name.slice(0, name.indexOf(':'));
    const rest = name.slice(kind.length + 1);
    if (kind === 'outbound')
      return this.#addresses.outbound(rest.split('/')[0] as string, rest.split('/')[1] as string);
    if (kind === 'port') return this.#addresses.inbound(rest.split('/')[0] as string, Number(rest.split('/')[1]));
    const text = pems[rest];
    if (kind === 'hash') return hashOf(rest);
    if (text === undefined) throw new Error(`unknown placeholder ${name}`);
    return kind === 'base64' ? btoa(text) : text;
  };

  prepare(
    resources: readonly KnownResource[],
    applications: Readonly<Record<string, BehaviourSettings>>,
    decisions = new Decisions(),
  ): Promise<void> {
    this.#deciders = new SimulatedDeciders(decisions, (cluster, question) => this.#askApplication(cluster, question));
    this.#proxies = this.#translation.translate(resources);
    this.#matchers = new Map();
    this.#random = seededRandom();
    this.#behaviours = new Map(workloads.map(({ name }) => [name, new Behaviour(applications[name])]));
    return Promise.resolve();
  }

  send(request: DescribedRequest): Promise<Observed> {
    this.#seen = [];
    this.#now += request.afterMs ?? 0;
    const outcomes = Array.from({ length: request.times }, (_, index) => {
      const start = this.#now + index * (request.togetherEvery ?? 0);
      const outcome =
        request.from === 'outsider' ? this.#sendByOutsider(request, start) : this.#sendByProxy(request, start);
      if (request.togetherEvery === undefined) this.#now += outcome.elapsedMs;
      return outcome;
    });
    if (request.togetherEvery !== undefined)
      this.#now += Math.max(...outcomes.map(({ elapsedMs }) => elapsedMs)) + request.times * request.togetherEvery;
    return Promise.resolve({ outcomes, seen: this.#seen });
  }

  observe({ proxy, ir, irOf, ...same }: DescribedObservation): Promise<Readonly<Record<string, unknown>>> {
    const { kind, name } = irOf ?? same;
    const { outbound, inbound, telemetry } = this.#proxies.get(proxy) as TranslatedProxy;
    const found = {
      cluster: outbound.destinations.find((destination) => destination.name === name),
      routes: outbound.routeConfigs.find((config) => config.name === name),
      endpoints: outbound.endpoints.find((set) => set.cluster === name),
      listener: inbound.ports.find((port) => port.cluster === name),
      telemetry: name === 'client' ? telemetry.client : telemetry.server,
      authorizer: inbound.authorizers?.find((authorizer) => authorizer.name === name),
    }[kind];
    if (found === undefined) throw new Error(`${proxy} has no ${kind} ${name}`);
    return Promise.resolve(Object.fromEntries(Object.keys(ir).map((path) => [path, at(found, path)])));
  }

  #sendByProxy(request: DescribedRequest, start: number): Outcome {
    const { host, port, shortName } = calledService(request.to);
    const sent: CallerRequest = {
      entry: request.via === 'service' ? { kind: 'service', host, port } : { kind: 'http-proxy', port },
      method: request.method,
      path: request.path,
      authority: request.host ?? shortName,
      headers: lowerCase(request.headers),
    };
    return this.#outcomeOf(this.#matcherOf(request.from).exchange(sent, this.#application, start));
  }

  /** Straight to a workload's port, without a proxy on the caller's side. */
  #sendByOutsider(request: DescribedRequest, start: number): Outcome {
    const [name = '', port] = request.to.split(':');
    const workload = workloadNamed(name);
    return workload.router === true
      ? this.#sendToGateway(request, { workload, port: Number(port), start })
      : this.#sendPlain(request, workload, Number(port));
  }

  #sendToGateway(
    { method, path, headers, host, tls }: DescribedRequest,
    { workload, port, start }: { readonly workload: FixtureWorkload; readonly port: number; readonly start: number },
  ): Outcome {
    const { gateway, ...where } = this.#gatewayAt(workload, port);
    const hello = tls && { ...tls, certificate: tls.certificate && clientCertificate(tls.certificate) };
    const reception = enterGateway(gateway, { ...where, ...(hello && { tls: withoutUndefined(hello) }) });
    if (reception.kind === 'refused') return { status: 0, headers: {}, body: '', elapsedMs: 0 };
    const sent = { method, path, authority: host ?? workload.name, headers: lowerCase(headers) };
    const outcome = this.#atGateway(workload, { ...sent, entry: reception.entry }, start);
    const shown = shownName(reception, gateway.secrets) ?? passedName(reception.entry);
    return shown === undefined || outcome.status === 0 ? outcome : { ...outcome, serverCertificate: shown };
  }

  /** What a gateway makes of a request that has come in. */
  #atGateway(workload: FixtureWorkload, request: CallerRequest, start: number): Outcome {
    const entered = request.entry.kind === 'gateway' && request.entry.chain.target.kind === 'http';
    if (entered && hasAmbiguousHeader(request.headers)) return { status: 400, headers: {}, body: '', elapsedMs: 0 };
    const headers = entered ? edgeHeaders(request.headers) : request.headers;
    return this.#outcomeOf(this.#matcherOf(workload.name).exchange({ ...request, headers }, this.#application, start));
  }

  #gatewayAt(workload: FixtureWorkload, port: number): Extract<Callee, { kind: 'gateway' }> {
    const { outbound, inbound } = this.#proxies.get(workload.name) as TranslatedProxy;
    return {
      kind: 'gateway',
      gateway: {
        ports: outbound.gateway?.ports ?? [],
        inbound,
        secrets: outbound.secrets,
        rootsPem: pems['ca'] as string,
      },
      address: '127.0.0.1',
      port: this.#addresses.inbound(workload.name, port),
      identity: identityOf(workload),
    };
  }

  #sendPlain(request: DescribedRequest, workload: FixtureWorkload, port: number): Outcome {
    const { name } = workload;
    const sent = {
      method: request.method,
      path: request.path,
      authority: request.host ?? name,
      headers: lowerCase(request.headers),
    };
    const reception = receive({
      callee: this.#calleeAt(workload, port),
      transport: { kind: 'plain' },
      caller: '',
      secrets: [],
      request: sent,
      steps: [],
    });
    if (reception.kind === 'denied') return denied(reception.decision.policy?.name);
    if (reception.kind === 'malformed') return { status: 400, headers: {}, body: '', elapsedMs: 0 };
    if (reception.kind === 'answered') return { body: '', ...reception.response, elapsedMs: 0 };
    if (reception.kind !== 'received') return { status: 0, headers: {}, body: '', elapsedMs: 0 };
    const answer = this.#answer(workload, reception.request);
    return answer.kind === 'reset'
      ? { status: 0, headers: {}, body: '', elapsedMs: 0 }
      : this.#answered(answer.response, answer.afterMs);
  }

  #matcherOf(workload: string): Matcher {
    const known = this.#matchers.get(workload);
    if (known !== undefined) return known;
    const { outbound } = this.#proxies.get(workload) as TranslatedProxy;
    const caller = identityOf(workloadNamed(workload));
    const matcher = compile({
      outbound,
      caller,
      calleeOf: (endpoint) => this.#calleeOf(endpoint),
      random: () => this.#random(),
      deciders: this.#deciders,
    });
    this.#matchers.set(workload, matcher);
    return matcher;
  }

  #workloadAt(endpoint: EndpointIr): { readonly workload: FixtureWorkload; readonly port: number } {
    for (const workload of workloads) {
      for (const port of Object.keys(workload.ports).map(Number)) {
        if (this.#addresses.inbound(workload.name, port) === endpoint.port) return { workload, port };
      }
    }
    throw new Error(`nothing of the base mesh is at port ${endpoint.port}`);
  }

  #calleeOf(endpoint: EndpointIr): Callee | undefined {
    const { workload, port } = this.#workloadAt(endpoint);
    return this.#calleeAt(workload, port);
  }

  #calleeAt(workload: FixtureWorkload, targetPort: number): Callee | undefined {
    if (workload.router === true) return this.#gatewayAt(workload, targetPort);
    if (workload.proxied) {
      const { inbound } = this.#proxies.get(workload.name) as TranslatedProxy;
      const deciders = this.#deciders && { deciders: this.#deciders };
      return { kind: 'proxied', inbound, ...deciders, targetPort, identity: identityOf(workload) };
    }
    const application = workload.ports[targetPort];
    if (application === undefined || application === 'nothing') return undefined;
    if (application === 'http' || application === 'http2' || application === 'authorizer') return { kind: 'plain' };
    const name = workload.name.replace(/-v1$/, '');
    return {
      kind: 'tls',
      subjectAltNames: [`${name}.example`],
      issuerPem: pems['ca'] as string,
      requiresClientCertificate: application === 'mutual-tls',
    };
  }

  /** An authorizer that is an application: the first endpoint's answer. */
  #askApplication(cluster: string, { method, path, authority, headers }: AuthorizerQuestion): HttpResponse | undefined {
    const { outbound } = this.#proxies.get('reviews-v1') as TranslatedProxy;
    const [endpoint] = outbound.endpoints
      .filter((set) => set.cluster === cluster)
      .flatMap(({ localities }) => localities.flatMap((locality) => locality.endpoints));
    if (endpoint === undefined) return undefined;
    const { workload, port } = this.#workloadAt(endpoint);
    if (workload.ports[port] === 'nothing') return undefined;
    const answer = this.#answer(workload, { method, path, authority, headers }, port);
    return answer.kind === 'reset' ? undefined : answer.response;
  }

  readonly #application: Application = (endpoint, request) => {
    const { workload, port } = this.#workloadAt(endpoint);
    if (request.entry === undefined) return this.#answer(workload, request, port);
    const { status, headers, body, elapsedMs } = this.#atGateway(
      workload,
      { ...request, entry: request.entry },
      this.#now,
    );
    return status === 0
      ? { kind: 'reset' }
      : { kind: 'response', afterMs: elapsedMs, response: { status, headers, body } };
  };

  #answer(workload: FixtureWorkload, request: Parameters<Application>[1], port = 8080): ReturnType<Application> {
    const { method, path, authority, headers, peer } = request;
    const version = versionOf(workload);
    const protocol = workload.ports[port] === 'http2' ? '2.0' : '1.1';
    const seen = {
      workload: workload.name,
      version,
      method,
      path,
      host: authority,
      headers,
      protocol,
      ...(peer === undefined ? {} : { peer }),
    };
    this.#seen.push(seen);
    const reaction = (this.#behaviours.get(workload.name) as Behaviour).next();
    if (reaction.status === 'reset') return { kind: 'reset' };
    const response = {
      status: reaction.status,
      headers: { ...lowerCase(reaction.headers), 'x-echo-version': version },
      body: JSON.stringify(seen),
    };
    return { kind: 'response', afterMs: reaction.delayMs, response };
  }

  #outcomeOf(exchange: Exchange): Outcome {
    const { response, reason, elapsedMs } = exchange;
    const last = exchange.tries.at(-1);
    // A TCP proxy has no response to give: the caller's connection just ends.
    if (response.status === 0) return { status: 0, headers: {}, body: '', elapsedMs };
    if (reason === 'denied') return { ...denied(exchange.policy?.name), headers: response.headers, elapsedMs };
    if (last?.reception.kind === 'denied') {
      return { ...denied(last.reception.decision.policy?.name), headers: response.headers, elapsedMs };
    }
    if (reason === undefined && last?.reception.kind === 'received') return this.#answered(response, elapsedMs);
    return {
      status: response.status,
      headers: response.headers,
      body: response.body ?? '',
      elapsedMs,
      reasons: reason === undefined ? [] : [reason],
    };
  }

  #answered({ status, headers, body = '' }: Exchange['response'], elapsedMs: number): Outcome {
    // A gateway on the way may have answered.
    if (headers['x-echo-version'] === undefined) return { status, headers, body, elapsedMs };
    const answeredBy = JSON.parse(body) as SeenByApplication;
    return { status, headers, body, elapsedMs, answeredBy };
  }
}

/** The certificates of outside clients. */
function clientCertificate(name: 'client' | 'other-client'): ClientCertificate {
  return {
    issuerPem: pems[name === 'client' ? 'ca' : 'other-ca'] as string,
    subjectAltNames: ['spiffe://cluster.local/ns/default/sa/outside-client'],
    sha256: hashOf(`${name}-cert`),
  };
}

/** Differs for different certificates, and looks like SHA-256. */
function hashOf(name: string): string {
  return Array.from({ length: 64 }, (_, i) => (name.charCodeAt(i % name.length) % 16).toString(16)).join('');
}

function withoutUndefined({ serverName, certificate, version, cipherSuite }: Partial<Loose<ClientHello>>): ClientHello {
  return {
    ...(serverName !== undefined && { serverName }),
    ...(certificate !== undefined && { certificate }),
    ...(version !== undefined && { version }),
    ...(cipherSuite !== undefined && { cipherSuite }),
  };
}

type Loose<T> = { readonly [K in keyof T]: T[K] | undefined };

/** The DNS name in the certificate that a gateway showed. */
function shownName(reception: GatewayReception, secrets: readonly SecretIr[]): string | undefined {
  if (reception.kind === 'refused') return undefined;
  const shown = secrets.find(({ name, kind }) => kind === 'certificate' && name === reception.certificateSecret);
  if (shown?.kind !== 'certificate') return undefined;
  return ['web', 'shop']
    .map((name) => (shown.chainPem === pems[`${name}-cert`] ? `${name}.example` : ''))
    .find(Boolean);
}

/** TLS that passes through a gateway is ended by the server behind it. */
function passedName({ chain }: GatewayEntry): string | undefined {
  if (chain.transport !== 'passed' || chain.target.kind !== 'tcp') return undefined;
  const host = chain.target.clusters[0]?.cluster.split('|')[3];
  return host === undefined ? undefined : `${host.split('.')[0]}.example`;
}

function denied(policy: string | undefined): Outcome {
  return { status: 403, headers: {}, body: 'RBAC: access denied', elapsedMs: 0, deniedBy: policy ?? 'none' };
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** Ports that differ, for a run in which nothing listens. */
function syntheticAddresses(): FixtureAddresses {
  const known = new Map<string, number>();
  const portOf = (key: string): number => {
    const port = known.get(key) ?? 20_000 + known.size;
    known.set(key, port);
    return port;
  };
  return {
    inbound: (workload, port) => portOf(`inbound ${workload} ${port}`),
    application: (workload, port) => portOf(`application ${workload} ${port}`),
    outbound: (workload, service) => portOf(`outbound ${workload} ${service}`),
    httpProxy: (workload) => portOf(`proxy ${workload}`),
  };
}

function pem(text: string, label = 'CERTIFICATE'): string {
  return `-----BEGIN ${label}-----\n${btoa(text)}\n-----END ${label}-----\n`;
}
