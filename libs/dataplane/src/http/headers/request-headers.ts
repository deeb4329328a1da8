import type { HeaderList, RequestHead } from '@malla/http-codec';
import type { HttpManagerConfig } from '@malla/proxy-config';
import type { ConnectionInfo } from '../../runtime/connection.ts';
import { CertificateHeader } from './client-cert.ts';
import { clientAddress, isLoopback } from './forwarded-for.ts';
import { RequestIds } from './request-id.ts';

/** What the one walk over a request's fields found. */
const found = {
  forwardedFor: -1,
  repeatedForwardedFor: false,
  forwardedProto: -1,
  requestId: -1,
  clientCert: -1,
  removable: 0,
  edge: 0,
};

/**
 * Envoy's own fields that a request from outside cannot set; by default no address counts as inside.
 * Source: Envoy's ConnectionManagerUtility::mutateRequestHeaders, and what Envoy 1.40 lets through.
 */
const external: ReadonlySet<string> = new Set([
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-force-trace',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-internal',
  'x-envoy-ip-tags',
  'x-envoy-max-retries',
  'x-envoy-original-url',
  'x-envoy-retriable-header-names',
  'x-envoy-retriable-status-codes',
  'x-envoy-retry-grpc-on',
  'x-envoy-retry-on',
  'x-envoy-upstream-alt-stat-name',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-rq-timeout-alt-response',
  'x-envoy-upstream-rq-timeout-ms',
  'x-envoy-upstream-stream-duration-ms',
]);

/** Besides, what the first proxy of a mesh (`useRemoteAddress`) lets nobody set. */
const edgeOnly: ReadonlySet<string> = new Set([
  'x-envoy-decorator-operation',
  'x-envoy-downstream-service-cluster',
  'x-envoy-downstream-service-node',
  'x-envoy-original-host',
  'x-envoy-original-path',
]);

type Config = Pick<
  HttpManagerConfig,
  | 'useRemoteAddress'
  | 'xffNumTrustedHops'
  | 'skipXffAppend'
  | 'via'
  | 'generateRequestId'
  | 'preserveExternalRequestId'
  | 'forwardClientCert'
  | 'clientCertDetails'
  | 'tracing'
>;

interface Params {
  readonly config: Config;
  /** In [0, 1). */
  readonly random: () => number;
  /** Stands for a loopback peer in x-forwarded-for. */
  readonly localAddress: () => string;
}

/** The fields that the connection manager reads, writes and takes away before any filter sees a request. */
export class RequestHeaders {
  readonly #config: Config;
  readonly #localAddress: () => string;
  readonly #ids: RequestIds;
  readonly #certificate: CertificateHeader;
  readonly #random: () => number;

  constructor({ config, random, localAddress }: Params) {
    this.#config = config;
    this.#localAddress = localAddress;
    this.#random = random;
    this.#ids = new RequestIds(random);
    this.#certificate = new CertificateHeader(config.forwardClientCert, config.clientCertDetails);
  }

  /** Changes the head in place. Returns the client's address: the peer's, or the one that x-forwarded-for tells. */
  apply(head: RequestHead, connection: ConnectionInfo): string {
    const config = this.#config;
    const { headers } = head;
    scan(headers);
    const { forwardedFor, repeatedForwardedFor, forwardedProto, requestId, clientCert, removable, edge } = found;
    const peer = connection.remote.address;
    let client = peer;
    const secure = connection.tls !== undefined;

    if (repeatedForwardedFor) headers.set('x-forwarded-for', headers.get('x-forwarded-for') as string);
    // In place first, so that the positions that were found hold.
    if (config.useRemoteAddress) {
      const before = forwardedFor < 0 ? undefined : headers.get('x-forwarded-for');
      if (config.xffNumTrustedHops > 0 && before !== undefined)
        client = clientAddress(before, config.xffNumTrustedHops - 1) ?? peer;
      if (!config.skipXffAppend) {
        const own = isLoopback(peer) ? this.#localAddress() : peer;
        headers.set('x-forwarded-for', before === undefined ? own : `${before},${own}`);
      }
    } else if (forwardedFor >= 0) {
      client = clientAddress(headers.get('x-forwarded-for') as string, config.xffNumTrustedHops) ?? peer;
    }
    const trustProto = !config.useRemoteAddress || config.xffNumTrustedHops > 0;
    if (forwardedProto < 0) headers.append('x-forwarded-proto', secure ? 'https' : 'http');
    else if (!trustProto) headers.set('x-forwarded-proto', secure ? 'https' : 'http');

    if (forwardedProto >= 0 && trustProto && head.version !== '2') trustScheme(head);

    if (removable > 0) removeAll(headers, external);
    if (edge > 0 && config.useRemoteAddress) removeAll(headers, edgeOnly);
    if (config.via !== '') appendVia(headers, config.via);
    if (config.useRemoteAddress) headers.set('x-envoy-external-address', client);
    if (config.generateRequestId) {
      const replaced = config.useRemoteAddress && !config.preserveExternalRequestId;
      if (requestId < 0) headers.append('x-request-id', this.#ids.next());
      else if (replaced) headers.set('x-request-id', this.#ids.next());
    }
    if (config.tracing?.usesRequestId === true) this.#trace(headers, config.tracing);
    this.#certificate.apply(headers, clientCert >= 0, connection.tls);
    return client;
  }

  /** Puts the decision to trace into the request id, where every further proxy reads it. */
  #trace(headers: HeaderList, tracing: NonNullable<Config['tracing']>): void {
    const id = headers.first('x-request-id');
    if (id === undefined) return;
    const marked = RequestIds.mark(id, {
      tracing,
      clientTrace: headers.has('x-client-trace-id'),
      random: this.#random,
    });
    if (marked !== id) headers.set('x-request-id', marked);
  }
}

/** A request without a scheme of its own has the one that a trusted proxy tells. */
function trustScheme(head: RequestHead): void {
  const proto = head.headers.first('x-forwarded-proto');
  if (proto === 'http' || proto === 'https') head.scheme = proto;
}

/** One walk; only names that begin with `x-` are looked at closely. */
function scan(headers: HeaderList): void {
  found.forwardedFor = -1;
  found.repeatedForwardedFor = false;
  found.forwardedProto = -1;
  found.requestId = -1;
  found.clientCert = -1;
  found.removable = 0;
  found.edge = 0;
  const { names } = headers;
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    if (name.charCodeAt(0) !== 0x78 || name.charCodeAt(1) !== 0x2d) continue;
    const third = name.charCodeAt(2);
    if (third === 0x66) {
      if (name === 'x-forwarded-for') {
        found.repeatedForwardedFor = found.forwardedFor >= 0;
        found.forwardedFor = i;
      } else if (name === 'x-forwarded-proto') found.forwardedProto = i;
      else if (name === 'x-forwarded-client-cert') found.clientCert = i;
    } else if (third === 0x72) {
      if (name === 'x-request-id') found.requestId = i;
    } else if (third === 0x65) {
      if (external.has(name)) found.removable++;
      else if (edgeOnly.has(name)) found.edge++;
    }
  }
}

function removeAll(headers: HeaderList, names: ReadonlySet<string>): void {
  headers.removeWhere((name) => names.has(name));
}

/** Envoy's `via` has a space after the comma, unlike its x-forwarded-for. */
export function appendVia(headers: HeaderList, via: string): void {
  const before = headers.get('via');
  headers.set('via', before === undefined ? via : `${before}, ${via}`);
}
