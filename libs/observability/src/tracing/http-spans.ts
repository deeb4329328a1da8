import { context, type Span } from '@opentelemetry/api';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { MallaError } from '@malla/model';
import { beginSpan, contextOf, failSpan, receivedContext } from './spans.ts';

/** What a span tells of a request; Fastify's has it. */
interface TracedRequest {
  readonly method: string;
  readonly url: string;
  readonly query: unknown;
  readonly protocol: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Undefined where no route fits. */
  readonly routeOptions: { readonly url?: string | undefined };
}

const headers = {
  keys: (request: TracedRequest) => Object.keys(request.headers),
  get: (request: TracedRequest, key: string) => request.headers[key],
};

/** Probes and scrapes would drown the rest. */
const quiet = /^\/(healthz|metrics|stats)(\/|$)/;

/**
 * A span for each request of a server, as the child of the caller's.
 * @param isLong requests that last as long as somebody looks on, such as watches: they have no span
 */
export function traceRequests(
  adapter: FastifyAdapter,
  isLong: (request: Pick<TracedRequest, 'query' | 'url'>) => boolean = () => false,
): void {
  const fastify = adapter.getInstance();
  const spans = new WeakMap<TracedRequest, Span>();
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (!quiet.test(request.url) && !isLong(request)) spans.set(request, spanOf(request));
    done();
  });
  // Later than the body, whose events come from the connection and know of no request.
  fastify.addHook('preHandler', (request, _reply, done) => {
    const span = spans.get(request);
    if (span === undefined) done();
    else context.with(contextOf(span), done);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request);
    span?.setAttribute('http.response.status_code', reply.statusCode);
    if (span !== undefined && reply.statusCode >= 500)
      failSpan(span, new MallaError('internal', `status ${reply.statusCode}`));
    span?.end();
    done();
  });
}

function spanOf(request: TracedRequest): Span {
  const { method } = request;
  const route = request.routeOptions.url;
  return beginSpan(route === undefined ? method : `${method} ${route}`, {
    kind: 'server',
    parent: receivedContext(request, headers),
    attributes: {
      'http.request.method': method,
      ...(route === undefined ? {} : { 'http.route': route }),
      // Without the query, which may hold what is private.
      'url.path': request.url.split('?', 1)[0],
      'url.scheme': request.protocol,
    },
  });
}
