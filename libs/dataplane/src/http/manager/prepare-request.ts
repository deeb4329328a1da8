import { HeaderList } from '@malla/http-codec';
import { normalizeTarget, stripPort } from '@malla/matcher';
import type { HttpManagerConfig } from '@malla/proxy-config';
import { findRoute } from './find-route.ts';
import type { ManagerParts } from './manager-parts.ts';
import type { Stream } from '../stream/stream.ts';

/**
 * What the connection manager does to a request before its filters: checks, path, host, fields, route, upgrade. False: it was answered.
 * The order is Envoy's (ConnectionManagerImpl::ActiveStream::decodeHeaders), so that a request with two faults gets the same answer.
 */
export function prepareRequest(stream: Stream, manager: ManagerParts): boolean {
  const { head, exchange } = stream;
  const { config } = manager;
  if (manager.services.overloaded?.() === true) {
    manager.stats.overloadClose.inc();
    exchange.closeAfterwards();
    stream.addFlag('OM');
    stream.reply({ status: 503, body: 'envoy overloaded', details: 'overload' });
    return false;
  }
  if (head.expectsContinue) {
    manager.stats.countStatus(100);
    exchange.sendInformational({ status: 100, headers: new HeaderList(), version: head.version });
    head.headers.remove('expect');
  }
  if (head.authority === '') {
    if (head.version === '1.0' && config.http1.defaultHostForHttp10 !== '')
      head.authority = config.http1.defaultHostForHttp10;
    else return refuse(stream, 400, 'missing_host_header');
  }
  if (config.useRemoteAddress && config.xffNumTrustedHops === 0 && head.version !== '2') {
    // At the edge nobody may claim TLS by an absolute target.
    if (head.scheme === 'https' && stream.connection.tls === undefined) {
      exchange.closeAfterwards();
      stream.addFlag('DPE');
      stream.reply({ status: 403, body: 'Forbidden', details: 'http1.https_url_on_plaintext_connection' });
      return false;
    }
  }
  const connect = head.method === 'CONNECT';
  if (!connect) {
    if (head.path.charCodeAt(0) !== 0x2f) {
      manager.stats.nonRelativePath.inc();
      return refuse(stream, 404, 'absolute_path_rejected');
    }
    if (!preparePath(stream, config)) return false;
  }
  if (config.stripAnyHostPort) head.authority = stripPort(head.authority);
  else if (config.stripMatchingHostPort) stripPortThatMatches(stream);
  stream.sourceIp = manager.requestHeaders.apply(head, stream.connection);
  findRoute(stream, manager.routes());
  manager.tracingStats?.count(head.headers.first('x-request-id'));
  if (manager.tracer !== undefined) stream.trace = manager.tracer.start(stream);
  stream.startDeadlines();
  return prepareUpgrade(stream);
}

function refuse(stream: Stream, status: number, details: string): false {
  stream.reply({ status, body: '', details });
  return false;
}

function preparePath(stream: Stream, config: HttpManagerConfig): boolean {
  const { head, manager } = stream;
  let { path } = head;
  const reject = (): false => {
    manager.stats.normalizationFailed.inc();
    stream.exchange.closeAfterwards();
    return refuse(stream, 400, 'path_normalization_failed');
  };
  if (path.includes('#')) return reject();
  let redirect = false;
  if (config.pathWithEscapedSlashes !== 'keep') {
    const unescaped = unescapeSlashes(path);
    if (unescaped !== path) {
      if (config.pathWithEscapedSlashes === 'reject') return reject();
      redirect = config.pathWithEscapedSlashes === 'unescape-and-redirect';
      path = unescaped;
    }
  }
  if (config.normalizePath) {
    const normal = normalizeTarget(path);
    if (normal === undefined) return reject();
    path = normal;
  }
  if (config.mergeSlashes) path = mergeSlashes(path);
  head.path = path;
  if (!redirect) return true;
  manager.stats.normalizationRedirect.inc();
  stream.reply({ status: 307, body: '', details: 'path_normalization_failed', headers: [['location', path]] });
  return false;
}

/** `%2F` and `%5C`, in the path alone. */
function unescapeSlashes(target: string): string {
  if (!target.includes('%')) return target;
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  const unescaped = path.replaceAll(/%2f/gi, '/').replaceAll(/%5c/gi, '\\');
  return query < 0 ? unescaped : unescaped + target.slice(query);
}

function mergeSlashes(target: string): string {
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  if (!path.includes('//')) return target;
  const merged = path.replaceAll(/\/{2,}/g, '/');
  return query < 0 ? merged : merged + target.slice(query);
}

/** Strips a port that is the listener's own. */
function stripPortThatMatches(stream: Stream): void {
  const { head } = stream;
  const suffix = `:${stream.connection.local.port}`;
  if (head.authority.endsWith(suffix)) head.authority = stripPort(head.authority);
}

/** An upgrade must be configured, by the route or else by the connection manager. */
function prepareUpgrade(stream: Stream): boolean {
  const { head, manager, route } = stream;
  const kind = head.method === 'CONNECT' && head.upgrade === undefined ? 'connect' : head.upgrade?.toLowerCase();
  if (kind === undefined) return true;
  const allowed = route?.config.forward?.upgrades.get(kind) ?? manager.config.upgrades.includes(kind);
  if (allowed || route === undefined) return true;
  manager.stats.upgradeOnOtherRoute.inc();
  stream.exchange.closeAfterwards();
  return refuse(stream, 403, 'upgrade_failed');
}
