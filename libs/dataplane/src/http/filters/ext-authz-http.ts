import { HeaderList, type RequestHead } from '@malla/http-codec';
import type { ExtAuthzConfig } from '@malla/proxy-config';
import { compileStringMatch } from '@malla/authz';
import type { Stream } from '../stream/stream.ts';
import type { AuthzVerdict, HeaderChange } from './ext-authz-verdict.ts';
import type { SideAnswer } from './side-call.ts';

type Service = Extract<ExtAuthzConfig['service'], { kind: 'http' }>;
type Matcher = (name: string) => boolean;

/** An authorization service that is asked by plain HTTP. Source: Envoy's ext_authz_http_impl.cc. */
export class HttpAuthzService {
  readonly cluster: string;
  readonly timeoutMs: number;
  readonly #service: Service;
  readonly #upstream: Matcher;
  readonly #client: Matcher;
  readonly #clientOnSuccess: Matcher;

  constructor(service: Service) {
    this.cluster = service.cluster;
    this.timeoutMs = service.timeoutMs;
    this.#service = service;
    this.#upstream = anyOf(service.allowedUpstreamHeaders);
    const client = anyOf(service.allowedClientHeaders);
    // Without a list the client gets all of a denial's fields.
    this.#client =
      service.allowedClientHeaders.length === 0 ? () => true : (name) => alwaysToClient.has(name) || client(name);
    this.#clientOnSuccess = anyOf(service.allowedClientHeadersOnSuccess);
  }

  /** The request to the service: method, host and path of the client's, and the fields that it may see. */
  head(stream: Stream, fields: readonly HeaderChange[], bodyLength: number): RequestHead {
    const { head } = stream;
    const headers = new HeaderList(['content-length'], [String(bodyLength)]);
    for (const [name, value] of fields) {
      if (!name.startsWith(':') && name !== 'content-length') headers.append(name, value);
    }
    for (const [name, value] of this.#service.requestHeadersToAdd) headers.set(name.toLowerCase(), value);
    return {
      method: head.method,
      path: this.#service.pathPrefix + head.path,
      authority: head.authority,
      scheme: head.scheme,
      headers,
      version: '1.1',
      expectsContinue: false,
    };
  }

  verdict({ head, body }: SideAnswer): AuthzVerdict {
    if (head.status >= 500) return { kind: 'error' };
    if (head.status !== 200) {
      const kept = pick(head.headers, (name) => !hopByHop.has(name) && this.#client(name));
      return { kind: 'denied', status: head.status, headers: kept, body: body.toString('utf8') };
    }
    const remove = (head.headers.first('x-envoy-auth-headers-to-remove') ?? '')
      .split(',')
      .map((name) => name.trim().toLowerCase())
      .filter((name) => name !== '');
    return {
      kind: 'ok',
      remove,
      set: pick(head.headers, this.#upstream),
      append: [],
      responseAdd: pick(head.headers, this.#clientOnSuccess),
    };
  }
}

const alwaysToClient: ReadonlySet<string> = new Set([
  'location',
  'www-authenticate',
  'proxy-authenticate',
  'set-cookie',
]);
/** Belongs to the service's own answer. */
const hopByHop: ReadonlySet<string> = new Set([
  'content-length',
  'content-type',
  'date',
  'server',
  'x-envoy-upstream-service-time',
]);

function anyOf(matches: readonly Parameters<typeof compileStringMatch>[0][]): Matcher {
  const compiled = matches.map(compileStringMatch);
  return (name) => compiled.some((holds) => holds(name));
}

function pick(headers: HeaderList, wanted: Matcher): readonly HeaderChange[] {
  return [...headers].filter(([name]) => wanted(name));
}
