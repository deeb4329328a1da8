import { HeaderList, type ResponseHead } from '@malla/http-codec';
import type { PerFilterConfig, RateLimitFilterConfig } from '@malla/proxy-config';
import type { Counter } from '../../runtime/instruments.ts';
import type { WorkerServices } from '../../runtime/services.ts';
import type { Stream } from '../stream/stream.ts';
import { ProtoWriter } from '../../worker/proto-writer.ts';
import type { FilterServices } from './filter-services.ts';
import { grpcSideCall } from './grpc-side-call.ts';
import { decoded } from './ext-authz-verdict.ts';
import type { HttpFilter } from './http-filter.ts';
import { protoFields, protoMessages, protoNumber, protoText, type ProtoField } from './proto-fields.ts';
import { descriptorsOf, type Descriptor } from './rate-limit-descriptors.ts';
import { rateLimitFields } from './rate-limit-headers.ts';

type Fields = readonly (readonly [name: string, value: string])[];

type RouteSettings = Extract<PerFilterConfig, { kind: 'rate-limit' }>;

interface Answer {
  readonly code: number;
  readonly body: string;
  /** On the response, and on the request that goes on. */
  readonly toClient: Fields;
  readonly toUpstream: Fields;
}

/** Values of RateLimitResponse.Code. */
const overLimit = 2;

/**
 * Asks a rate-limit service by gRPC. The two messages are read and written by hand, so that workers load no protobuf code.
 * Source: Envoy's source/extensions/filters/http/ratelimit/ratelimit.cc, service/ratelimit/v3/rls.proto.
 */
export class RateLimitFilter implements HttpFilter {
  readonly name: string;
  readonly #config: RateLimitFilterConfig;
  readonly #services: WorkerServices;
  readonly #writer = new ProtoWriter();

  readonly #disabled: boolean;

  constructor(
    params: { readonly name: string; readonly config: RateLimitFilterConfig; readonly disabled: boolean },
    { services }: FilterServices,
  ) {
    this.name = params.name;
    this.#config = params.config;
    this.#disabled = params.disabled;
    this.#services = services;
  }

  onRequest(stream: Stream): boolean {
    const { route, destination } = stream;
    const ofRoute = stream.filterConfig(this.name);
    if (route === undefined || destination === undefined) return true;
    if (ofRoute === undefined ? this.#disabled : ofRoute.kind === 'disabled') return true;
    if (this.#services.clusters.get(destination.cluster) === undefined) return true;
    const own = ofRoute?.kind === 'rate-limit' ? ofRoute : undefined;
    const descriptors = this.#descriptors(stream, own);
    if (descriptors.length === 0) return true;
    let settled: boolean | undefined;
    let suspended = false;
    const call = grpcSideCall({
      service: this.#config.service,
      path: '/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit',
      message: this.#request(own?.domain ?? this.#config.domain, descriptors),
      timeoutMs: this.#config.timeoutMs,
      services: this.#services,
      deadlines: stream.manager.deadlines,
      done: (message) => {
        settled = this.#decide(stream, message);
        if (suspended && settled) stream.resume();
      },
    });
    stream.suspend({ cancel: () => call.cancel() });
    call.start();
    if (settled !== undefined) {
      stream.unsuspend();
      return settled;
    }
    suspended = true;
    return false;
  }

  onResponse(stream: Stream, head: ResponseHead): void {
    const fields = stream.notes?.get(this) as Fields | undefined;
    for (const [name, value] of fields ?? []) head.headers.append(name, value);
  }

  #descriptors(stream: Stream, own: RouteSettings | undefined): readonly Descriptor[] {
    const { route } = stream;
    const nodeCluster = this.#services.nodeCluster ?? '';
    if (own !== undefined && own.policies.length > 0)
      return descriptorsOf(own.policies, stream, { stage: 'any', nodeCluster });
    const vhost = own?.includeVirtualHost ?? 'override';
    const context = { stage: this.#config.stage, nodeCluster };
    const ofRoute = route?.config.forward?.rateLimits ?? [];
    const descriptors = descriptorsOf(ofRoute, stream, context);
    const include = route?.config.forward?.includeVirtualHostRateLimits === true || vhost === 'include';
    const useHost = include || (vhost === 'override' && ofRoute.length === 0);
    if (!useHost || vhost === 'ignore') return descriptors;
    return [...descriptors, ...descriptorsOf(route?.virtualHost.rateLimits ?? [], stream, context)];
  }

  #request(domain: string, descriptors: readonly Descriptor[]): Uint8Array {
    const writer = this.#writer;
    writer.text(1, domain);
    for (const descriptor of descriptors) {
      const one = writer.begin(2);
      for (const [key, value] of descriptor) {
        const entry = writer.begin(1);
        writer.text(1, key);
        writer.text(2, value);
        writer.end(entry);
      }
      writer.end(one);
    }
    return writer.finish();
  }

  /** True: the request goes on. */
  #decide(stream: Stream, message: Uint8Array | undefined): boolean {
    const answer = message === undefined ? undefined : this.#parsed(message);
    if (answer === undefined) {
      this.#count(stream, 'error');
      if (!this.#config.failClosed) {
        this.#count(stream, 'failure_mode_allowed');
        return true;
      }
      stream.addFlag('RLSE');
      stream.reply({ status: this.#config.statusOnError, body: '', details: 'rate_limiter_error' });
      return false;
    }
    const { code, body, toClient, toUpstream } = answer;
    if (code !== overLimit) {
      this.#count(stream, 'ok');
      addAll(stream.head.headers, toUpstream);
      if (toClient.length > 0) (stream.notes ??= new Map()).set(this, toClient);
      return true;
    }
    this.#count(stream, 'over_limit');
    stream.addFlag('RL');
    stream.reply({
      status: this.#config.rateLimitedStatus,
      body,
      details: 'request_rate_limited',
      ...(this.#config.rateLimitedAsResourceExhausted && { grpcStatus: 8 }),
      headers: [...toClient.map(([name, value]) => [name, decoded(value)] as const), ['x-envoy-ratelimited', 'true']],
    });
    return false;
  }

  /** Undefined for an answer that cannot be read, or has fields that cannot be sent. */
  #parsed(message: Uint8Array): Answer | undefined {
    try {
      const fields = protoFields(message);
      const limits = this.#config.xRateLimitHeaders ? rateLimitFields(protoMessages(fields, 2)) : [];
      const toClient = [...limits, ...headerValues(fields, 3)];
      const toUpstream = headerValues(fields, 4);
      addAll(new HeaderList(), [...toClient, ...toUpstream]);
      return { code: protoNumber(fields, 1), body: decoded(protoText(fields, 5)), toClient, toUpstream };
    } catch {
      return undefined;
    }
  }

  #count(stream: Stream, what: string): void {
    const cluster = stream.destination?.cluster ?? '';
    const scope = this.#services.stats.scope({
      prefix: `cluster.${cluster}`,
      prometheusPrefix: 'cluster',
      tags: [['envoy_cluster_name', cluster]],
    });
    const counter: Counter = scope.counter(`ratelimit.${what}`);
    counter.inc();
  }
}

function headerValues(fields: readonly ProtoField[], number: number): Fields {
  return protoMessages(fields, number).map((header) => [protoText(header, 1).toLowerCase(), protoText(header, 2)]);
}

function addAll(headers: HeaderList, fields: Fields): void {
  for (const [name, value] of fields) headers.append(name, value);
}
