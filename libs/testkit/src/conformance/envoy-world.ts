import type { KnownResource } from '@malla/model';
import { Decisions } from '../decisions/decisions.ts';
import { dumpedResource } from '../envoy/config-dump.ts';
import { TestEnvoy, type TestEnvoyParams } from '../envoy/test-envoy.ts';
import { workloadSecrets } from '../envoy/workload-secrets.ts';
import type { BehaviourSettings } from '../network/behaviour.ts';
import { waitFor } from '../wait-for.ts';
import type { DescribedObservation, DescribedRequest } from './case-schema.ts';
import { call, type CallerTls, type HttpAnswer } from './http-call.ts';
import { calledService, identityOf, workloadNamed, workloads } from './mesh.ts';
import type { Observed, Outcome, SeenByApplication } from './outcome.ts';
import { at } from './paths.ts';
import { RealApplications } from './real-applications.ts';
import { RealAddresses } from './real-addresses.ts';
import { RunPki } from './run-pki.ts';
import { Translation } from './translate.ts';
import type { World } from './world.ts';

/** How long access logs and mirrored requests, which come after the answer, may take on a busy machine. */
const lateMs = 15_000;

/** The mesh with real Envoys, real applications and real certificates; started once for many cases. */
export class EnvoyWorld implements World, AsyncDisposable {
  readonly #addresses: RealAddresses;
  readonly #applications: RealApplications;
  readonly #pki: RunPki;
  readonly #translation: Translation;
  readonly #envoys = new Map<string, TestEnvoy>();
  #preparedAt = 0;

  private constructor(parts: { addresses: RealAddresses; applications: RealApplications; pki: RunPki }) {
    this.#addresses = parts.addresses;
    this.#applications = parts.applications;
    this.#pki = parts.pki;
    this.#translation = new Translation(parts.addresses);
  }

  /** Starts applications and proxies. `xds` is the variant of ADS that every proxy speaks. */
  static async start(binary: TestEnvoyParams['binary'], xds: 'delta' | 'sotw'): Promise<EnvoyWorld> {
    const pki = await RunPki.create();
    const applications = await RealApplications.start(workloads, pki);
    const addresses = await RealAddresses.choose(workloads, applications);
    const world = new EnvoyWorld({ addresses, applications, pki });
    try {
      await world.#startEnvoys(binary, xds);
    } catch (error) {
      // One that did not start leaves no others behind.
      await world[Symbol.asyncDispose]();
      throw error;
    }
    return world;
  }

  /** What the agents sent to the proxies, and what the proxies refused. */
  get deliveries(): { readonly sent: number; readonly nacks: number } {
    const agents = [...this.#envoys.values()].map(({ agent }) => agent);
    const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
    return {
      sent: sum(agents.map(({ sent }) => sent.delta + sent.sotw)),
      nacks: sum(agents.map(({ nacks }) => nacks.length)),
    };
  }

  readonly placeholders = (name: string): string | number => {
    const kind = name.slice(0, name.indexOf(':'));
    const rest = name.slice(kind.length + 1);
    if (kind === 'outbound')
      return this.#addresses.outbound(rest.split('/')[0] as string, rest.split('/')[1] as string);
    if (kind === 'port') return this.#addresses.inbound(rest.split('/')[0] as string, Number(rest.split('/')[1]));
    if (kind === 'hash') return this.#pki.hash(rest);
    const text = this.#pki.pem(rest);
    return kind === 'base64' ? Buffer.from(text).toString('base64') : text;
  };

  async prepare(
    resources: readonly KnownResource[],
    applications: Readonly<Record<string, BehaviourSettings>>,
    decisions = new Decisions(),
  ): Promise<void> {
    this.#preparedAt = Date.now();
    this.#applications.behave(applications);
    for (const { agent } of this.#envoys.values()) agent.decisions = decisions;
    const translated = this.#translation.translate(resources);
    await Promise.all(
      [...translated].map(([name, { resources: wanted }]) => (this.#envoys.get(name) as TestEnvoy).update(wanted)),
    );
  }

  async send(request: DescribedRequest): Promise<Observed> {
    if (request.afterMs !== undefined) await this.#settle(request.from, request.afterMs);
    this.#applications.forget();
    const outcomes: Outcome[] = [];
    if (request.togetherEvery === undefined) {
      for (let i = 0; i < request.times; i++) outcomes.push(await this.#one(request));
    } else {
      const { togetherEvery } = request;
      outcomes.push(
        ...(await Promise.all(
          Array.from({ length: request.times }, (_, i) => pause(i * togetherEvery).then(() => this.#one(request))),
        )),
      );
    }
    await this.#mirrorsArrived(request);
    return { outcomes, seen: this.#applications.seen() };
  }

  async denials(count: number): Promise<readonly string[]> {
    const arrived = waitFor(() => this.#denials().length >= count, { what: 'access logs', timeoutMs: lateMs });
    await arrived.catch(() => undefined);
    return this.#denials();
  }

  async observe({ proxy, kind, name, envoy, irOf }: DescribedObservation): Promise<Readonly<Record<string, unknown>>> {
    const dump = await (this.#envoys.get(proxy) as TestEnvoy).admin('/config_dump?include_eds');
    const found = dumpedResource(dump, kind, name);
    if (found === undefined) throw new Error(`${proxy} has no ${kind} ${name}`);
    return Object.fromEntries(
      Object.keys(envoy).map((path) => [
        path,
        at(
          found,
          path
            .replace('$OPTIONS', httpOptions)
            .replace('$AUTHORIZER', () => authorizerPath(found, irOf?.name))
            .replace('$HTTP', httpManager),
        ),
      ]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#envoys.values()].map((envoy) => envoy[Symbol.asyncDispose]()));
    await this.#applications[Symbol.asyncDispose]();
  }

  #denials(): readonly string[] {
    return [...this.#envoys.values()]
      .flatMap(({ agent }) => agent.accessLog)
      .map((entry) => ({
        at: millis(entry.commonProperties?.startTime),
        policy: denyingPolicy(entry.response?.responseCodeDetails ?? ''),
      }))
      .filter(({ at: time, policy }) => time >= this.#preparedAt && policy !== undefined)
      .sort((a, b) => a.at - b.at)
      .map(({ policy }) => policy as string);
  }

  async #startEnvoys(binary: TestEnvoyParams['binary'], xds: 'delta' | 'sotw'): Promise<void> {
    const translated = this.#translation.translate([]);
    const starting = [...translated].map(async ([name, { proxy, resources }]) => {
      const certificate = await this.#pki.workload(identityOf(workloadNamed(name)));
      const envoy = new TestEnvoy({ binary, proxy, xds, secrets: workloadSecrets(certificate, this.#pki.pem('ca')) });
      this.#envoys.set(name, envoy);
      await envoy.start(resources);
    });
    const failed = (await Promise.allSettled(starting)).find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /**
   * Waits, and until the main thread has had a turn: what worker threads hand to it, as ejections, is done before it
   * answers, however busy the machine is.
   */
  async #settle(from: string, ms: number): Promise<void> {
    await pause(ms);
    await this.#envoys.get(from)?.admin('/ready');
  }

  async #one(request: DescribedRequest): Promise<Outcome> {
    const { method, path, headers } = request;
    const { port, host } = this.#target(request);
    const tls = request.tls && this.#tlsOf(request.tls);
    return this.#outcomeOf(
      await call({ port, method, path, headers, host: request.host ?? host, ...(tls && { tls }) }),
    );
  }

  #tlsOf({ serverName, certificate, version, cipherSuite }: NonNullable<DescribedRequest['tls']>): CallerTls {
    const pem = (part: string) => this.#pki.pem(`${certificate}-${part}`);
    return {
      ...(serverName !== undefined && { serverName }),
      ...(certificate && { certificate: { chainPem: pem('cert'), keyPem: pem('key') } }),
      ...(version && { version }),
      ...(cipherSuite !== undefined && { cipherSuite }),
    };
  }

  #target({ from, to, via }: DescribedRequest): { readonly port: number; readonly host: string } {
    if (from === 'outsider') {
      const [name = '', port] = to.split(':');
      return { port: this.#addresses.inbound(name, Number(port)), host: name };
    }
    const { host, port, shortName } = calledService(to);
    const listener =
      via === 'service' ? this.#addresses.outbound(from, `${host}:${port}`) : this.#addresses.httpProxy(from);
    return { port: listener, host: shortName };
  }

  #outcomeOf({ status, headers, body, elapsedMs, serverCertificate }: HttpAnswer): Outcome {
    const base = { status, headers, body, elapsedMs, ...(serverCertificate && { serverCertificate }) };
    if (headers['x-echo-version'] === undefined) return { ...base, reasons: reasonsOf(base) };
    const answeredBy = this.#applications.parse(body);
    return { ...base, answeredBy };
  }

  /** A mirrored copy may come after the answer; waits for as many requests as the case expects, but not for ever. */
  async #mirrorsArrived({ expect }: DescribedRequest): Promise<void> {
    if (expect.seen === undefined) return;
    const wanted = Object.values(expect.seen).reduce((a, b) => a + b, 0);
    const arrived = waitFor(() => this.#applications.seen().length >= wanted, {
      what: 'mirrored requests',
      timeoutMs: lateMs,
      intervalMs: 5,
    });
    await arrived.catch(() => undefined);
  }
}

/** `rbac_access_denied_matched_policy[ns[shop]-policy[deny]-rule[0]]` gives deny, `...[none]` none; undefined for anything else. */
function denyingPolicy(details: string): string | undefined {
  const matched = /^rbac_access_denied_matched_policy\[(.*)\]$/.exec(details)?.[1];
  return matched === undefined ? undefined : (/-policy\[(.*?)\]-rule/.exec(matched)?.[1] ?? matched);
}

/** Microseconds count: requests follow each other closely. */
function millis(time: { readonly seconds: bigint; readonly nanos: number } | undefined): number {
  return time === undefined ? 0 : Number(time.seconds) * 1_000 + time.nanos / 1e6;
}

/** Where the first chain of a listener has its HTTP connection manager. */
const httpManager = 'filter_chains[0].filters[0].typed_config';

/** Where a listener has the filter of an authorizer. */
function authorizerPath(listener: unknown, authorizer: string | undefined): string {
  const filters = at(listener, `${httpManager}.http_filters`) as readonly { readonly name: string }[];
  const index = filters.findIndex(({ name }) => name === `envoy.filters.http.ext_authz.${authorizer}`);
  return `${httpManager}.http_filters[${index}].typed_config`;
}

/** Where a cluster has its HTTP settings. */
const httpOptions = 'typed_extension_protocol_options["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"]';

/** Every reason that an answer of Envoy's own can have, told by its status and body. */
function reasonsOf({ status, headers, body }: Pick<SeenOutcome, 'status' | 'headers' | 'body'>): readonly string[] {
  const signs: readonly (readonly [reason: string, sign: boolean])[] = [
    ['redirect', headers['location'] !== undefined],
    ['fault-abort', body === 'fault filter abort'],
    ['no-route', status === 404 && body === ''],
    ['no-virtual-host', status === 404 && body === ''],
    ['unknown-cluster', status === 503 && body === ''],
    ['no-healthy-endpoint', body === 'no healthy upstream'],
    ['timeout', body === 'upstream request timeout'],
    ['overflow', body.includes('reset reason: overflow')],
    ['connect-failure', /reset reason: (remote|local) connection failure|reset reason: connection timeout/.test(body)],
    [
      'reset',
      body.includes('reset reason: connection termination') ||
        body.includes('reset reason: remote reset') ||
        body.includes('reset reason: protocol error'),
    ],
  ];
  return signs.filter(([, sign]) => sign).map(([reason]) => reason);
}

type SeenOutcome = Outcome & { readonly answeredBy?: SeenByApplication };

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
