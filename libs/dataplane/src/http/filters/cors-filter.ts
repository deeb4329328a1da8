import { compileStringMatch } from '@malla/authz';
import type { ResponseHead } from '@malla/http-codec';
import type { CorsConfig } from '@malla/proxy-config';
import type { Counter } from '../../runtime/instruments.ts';
import type { Stream } from '../stream/stream.ts';
import type { FilterServices } from './filter-services.ts';
import type { HttpFilter } from './http-filter.ts';

interface CompiledCors {
  readonly config: CorsConfig;
  readonly allows: (origin: string) => boolean;
}

const compiled = new WeakMap<CorsConfig, CompiledCors>();

function compile(config: CorsConfig): CompiledCors {
  const known = compiled.get(config);
  if (known !== undefined) return known;
  const matchers = config.allowOrigins.map(compileStringMatch);
  // `*` is every origin also as an exact value.
  const all = config.allowOrigins.some(({ kind, value }) => kind === 'exact' && value === '*');
  const made = { config, allows: (origin: string) => all || matchers.some((matches) => matches(origin)) };
  compiled.set(config, made);
  return made;
}

/** A request from an allowed origin, until its response. */
interface AllowedOrigin {
  readonly origin: string;
  readonly config: CorsConfig;
}

/** Cross-origin requests, by the policy of the route or virtual host. Source: Envoy's source/extensions/filters/http/cors/cors_filter.cc. */
export class CorsFilter implements HttpFilter {
  readonly name: string;
  readonly #valid: Counter;
  readonly #invalid: Counter;

  constructor(name: string, { scope }: FilterServices) {
    this.name = name;
    this.#valid = scope.counter('cors.origin_valid');
    this.#invalid = scope.counter('cors.origin_invalid');
  }

  onRequest(stream: Stream): boolean {
    const ofRoute = stream.filterConfig(this.name);
    if (ofRoute?.kind !== 'cors') return true;
    const { headers, method } = stream.head;
    const origin = headers.first('origin');
    if (origin === undefined || origin === '') return true;
    const { config, allows } = compile(ofRoute.config);
    const allowed = allows(origin);
    (allowed ? this.#valid : this.#invalid).inc();
    const preflight = method === 'OPTIONS' && (headers.first('access-control-request-method') ?? '') !== '';
    if (!allowed) {
      if (!preflight || config.forwardNotMatchingPreflights) return true;
      stream.reply({ status: 200, body: '', details: 'cors_response' });
      return false;
    }
    (stream.notes ??= new Map()).set(this, { origin, config } satisfies AllowedOrigin);
    if (!preflight) return true;
    stream.reply({ status: 200, body: '', details: 'cors_response', headers: preflightFields(config) });
    return false;
  }

  onResponse(stream: Stream, head: ResponseHead): void {
    const note = stream.notes?.get(this) as AllowedOrigin | undefined;
    if (note === undefined) return;
    const { origin, config } = note;
    head.headers.set('access-control-allow-origin', origin);
    if (config.allowCredentials) head.headers.set('access-control-allow-credentials', 'true');
    if (config.exposeHeaders !== '') head.headers.set('access-control-expose-headers', config.exposeHeaders);
  }
}

/** Besides what every response to an allowed origin gets. */
function preflightFields(config: CorsConfig): readonly (readonly [string, string])[] {
  const fields: (readonly [string, string])[] = [];
  if (config.allowMethods !== '') fields.push(['access-control-allow-methods', config.allowMethods]);
  if (config.allowHeaders !== '') fields.push(['access-control-allow-headers', config.allowHeaders]);
  if (config.maxAge !== '') fields.push(['access-control-max-age', config.maxAge]);
  return fields;
}
