import { compileStringMatch } from '@malla/authz';
import type { ResponseHead } from '@malla/http-codec';
import type { ExtAuthzConfig } from '@malla/proxy-config';
import type { WorkerServices } from '../../runtime/services.ts';
import { ProtoWriter } from '../../worker/proto-writer.ts';
import type { Stream } from '../stream/stream.ts';
import type { FilterServices } from './filter-services.ts';
import { checkPath, readCheckResponse, writeCheckRequest } from './ext-authz-grpc.ts';
import { HttpAuthzService } from './ext-authz-http.ts';
import { ExtAuthzStats } from './ext-authz-stats.ts';
import { decoded, usableVerdict, type AuthzVerdict, type HeaderChange } from './ext-authz-verdict.ts';
import { grpcSideCall } from './grpc-side-call.ts';
import type { Suspension } from '../stream/suspension.ts';
import type { HttpFilter } from './http-filter.ts';
import { SideCall } from './side-call.ts';

/** Sent by an HTTP service's client besides what is allowed. */
const alwaysByHttp: ReadonlySet<string> = new Set([
  ':authority',
  ':method',
  ':path',
  'authorization',
  'content-length',
]);

/** Asks a service whether a request may pass. Source: Envoy's source/extensions/filters/http/ext_authz/ext_authz.cc. */
export class ExtAuthzFilter implements HttpFilter {
  readonly name: string;
  readonly config: ExtAuthzConfig;
  readonly services: WorkerServices;
  readonly #disabled: boolean;
  readonly #stats: ExtAuthzStats;
  readonly #http: HttpAuthzService | undefined;
  readonly #allowed: (name: string) => boolean;
  readonly #enabled: (stream: Stream) => boolean;
  readonly #writer = new ProtoWriter();

  constructor(
    params: { readonly name: string; readonly config: ExtAuthzConfig; readonly disabled: boolean },
    { services, scope }: FilterServices,
  ) {
    const { config } = params;
    this.name = params.name;
    this.config = config;
    this.services = services;
    this.#disabled = params.disabled;
    this.#stats = new ExtAuthzStats(scope, services, config.statPrefix);
    this.#http = config.service.kind === 'http' ? new HttpAuthzService(config.service) : undefined;
    this.#enabled = enabler(config.enabledBy);
    const allowed = config.allowedHeaders.map(compileStringMatch);
    const disallowed = config.disallowedHeaders.map(compileStringMatch);
    const all = allowed.length === 0 && config.service.kind === 'grpc';
    const http = config.service.kind === 'http';
    this.#allowed = (name) =>
      !disallowed.some((holds) => holds(name)) &&
      (all || (http && alwaysByHttp.has(name)) || allowed.some((holds) => holds(name)));
  }

  onRequest(stream: Stream): boolean {
    const ofRoute = stream.filterConfig(this.name);
    if (ofRoute === undefined ? this.#disabled : ofRoute.kind === 'disabled') return true;
    if (!this.#enabled(stream)) return true;
    const extensions = ofRoute?.kind === 'ext-authz' ? ofRoute.contextExtensions : {};
    return new Check(this, stream, extensions).begin();
  }

  onResponse(stream: Stream, head: ResponseHead): void {
    const fields = stream.notes?.get(this) as readonly HeaderChange[] | undefined;
    for (const [name, value] of fields ?? []) head.headers.append(name, value);
  }

  /** The call about a request; `done` gets the verdict. */
  call(params: {
    readonly stream: Stream;
    readonly body: Buffer | undefined;
    readonly contextExtensions: Readonly<Record<string, string>>;
    readonly done: (verdict: AuthzVerdict) => void;
  }): SideCall {
    const { stream, body, contextExtensions, done } = params;
    const { deadlines } = stream.manager;
    const { services } = this;
    const headers = this.#visible(stream);
    const http = this.#http;
    if (http !== undefined) {
      const { cluster, timeoutMs } = http;
      const head = http.head(stream, headers, body?.length ?? 0);
      const end = (answer: Parameters<HttpAuthzService['verdict']>[0] | undefined): void =>
        done(answer === undefined ? { kind: 'error' } : usableVerdict(http.verdict(answer)));
      const payload = body === undefined || body.length === 0 ? undefined : body;
      return new SideCall({ cluster, head, body: payload, timeoutMs, services, deadlines, done: end });
    }
    const { grpc } = this.config.service as Extract<ExtAuthzConfig['service'], { kind: 'grpc' }>;
    const message = writeCheckRequest(this.#writer, {
      stream,
      headers,
      body: body && { content: body, asBytes: this.config.withRequestBody?.asBytes === true },
      contextExtensions,
      includePeerCertificate: this.config.includePeerCertificate,
      wallClock: services.timers.wallClock(),
    });
    return grpcSideCall({
      service: grpc,
      path: checkPath,
      message,
      timeoutMs: grpc.timeoutMs,
      services,
      deadlines,
      done: (answer) => done(answer === undefined ? { kind: 'error' } : readCheckResponse(answer)),
    });
  }

  /** True: the request goes on. */
  apply(stream: Stream, verdict: AuthzVerdict): boolean {
    const { config } = this;
    this.#stats.count(stream, verdict.kind);
    if (verdict.kind === 'ok') {
      const { headers } = stream.head;
      for (const name of verdict.remove) if (!name.startsWith(':') && name !== 'host') headers.remove(name);
      for (const [name, value] of verdict.set) setField(stream, name, value);
      for (const [name, value] of verdict.append) {
        const before = headers.get(name);
        if (before !== undefined) headers.set(name, `${before},${value}`);
      }
      if (verdict.responseAdd.length > 0) (stream.notes ??= new Map()).set(this, verdict.responseAdd);
      if (config.clearRouteCache && verdict.set.length + verdict.append.length + verdict.remove.length > 0)
        stream.findRouteAgain();
      return true;
    }
    if (verdict.kind === 'error' && config.failureModeAllow) {
      this.#stats.count(stream, 'failure_mode_allowed');
      if (config.failureModeAllowHeaderAdd) stream.head.headers.set('x-envoy-auth-failure-mode-allowed', 'true');
      return true;
    }
    stream.addFlag('UAEX');
    if (verdict.kind === 'error') stream.reply({ status: config.statusOnError, body: '', details: 'ext_authz_error' });
    else {
      const { status, body } = verdict;
      const headers = verdict.headers.map(([name, value]) => [name, decoded(value)] as const);
      stream.reply({ status, body, headers, details: 'ext_authz_denied' });
    }
    return false;
  }

  #visible(stream: Stream): readonly HeaderChange[] {
    const { head } = stream;
    const fields: HeaderChange[] = [
      [':authority', head.authority],
      [':method', head.method],
      [':path', head.path],
      [':scheme', head.scheme],
    ];
    const byName = new Map<string, string>();
    for (const [name, value] of head.headers) {
      const before = byName.get(name);
      byName.set(name, before === undefined ? value : `${before},${value}`);
    }
    return [...fields, ...byName].filter(([name]) => this.#allowed(name));
  }
}

/** One request's check: holds the body when the service wants it, then asks. */
class Check implements Suspension {
  readonly #filter: ExtAuthzFilter;
  readonly #stream: Stream;
  readonly #extensions: Readonly<Record<string, string>>;
  #call: SideCall | undefined;
  /** The verdict was there before the filter had returned. */
  #atOnce: boolean | undefined;
  #returned = false;

  constructor(filter: ExtAuthzFilter, stream: Stream, extensions: Readonly<Record<string, string>>) {
    this.#filter = filter;
    this.#stream = stream;
    this.#extensions = extensions;
  }

  begin(): boolean {
    const stream = this.#stream;
    const wanted = this.#filter.config.withRequestBody;
    if (wanted === undefined || stream.exchange.endStream) {
      stream.suspend(this);
      this.#ask(undefined, false);
    } else {
      // One byte more than allowed tells that there is more.
      stream.suspend(this, wanted.maxBytes + 1);
      const { held } = stream;
      if (held !== undefined) this.onBody(held.bytes, held.ended);
    }
    this.#returned = true;
    if (this.#atOnce === undefined) return false;
    stream.unsuspend();
    return this.#atOnce;
  }

  onBody(held: number, ended: boolean): void {
    const wanted = this.#filter.config.withRequestBody;
    if (this.#call !== undefined || wanted === undefined) return;
    const partial = held > wanted.maxBytes;
    if (partial && !wanted.allowPartial) {
      this.#stream.manager.stats.tooLarge.inc();
      this.#stream.reply({ status: 413, body: 'Payload Too Large', details: 'request_payload_too_large' });
      return;
    }
    if (!partial && !ended) return;
    const bytes = Buffer.concat(this.#stream.held?.chunks ?? []).subarray(0, wanted.maxBytes);
    this.#ask(bytes, partial);
  }

  cancel(): void {
    this.#call?.cancel();
  }

  #ask(body: Buffer | undefined, partial: boolean): void {
    const stream = this.#stream;
    if (this.#filter.config.withRequestBody !== undefined) {
      stream.head.headers.set('x-envoy-auth-partial-body', String(partial));
    }
    this.#call = this.#filter.call({
      stream,
      body,
      contextExtensions: this.#extensions,
      done: (verdict) => this.#decided(verdict),
    });
    this.#call.start();
  }

  #decided(verdict: AuthzVerdict): void {
    const passes = this.#filter.apply(this.#stream, verdict);
    if (!this.#returned) this.#atOnce = passes;
    else if (passes) this.#stream.resume();
  }
}

/** Whether a request is asked about. */
function enabler(enabledBy: ExtAuthzConfig['enabledBy']): (stream: Stream) => boolean {
  if (enabledBy === undefined) return () => true;
  const { namespace, key } = enabledBy;
  const holds = compileStringMatch(enabledBy.match);
  return ({ dynamicMetadata }) => {
    const value = dynamicMetadata?.[namespace]?.[key];
    return value !== undefined && holds(value);
  };
}

function setField({ head }: Stream, name: string, value: string): void {
  if (name === ':path') head.path = value;
  else if (name === ':authority' || name === 'host') head.authority = value;
  else if (name === ':method') head.method = value;
  else if (!name.startsWith(':')) head.headers.set(name, value);
}
