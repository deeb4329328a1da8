import { isIP } from 'node:net';
import { Client, type ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import { formatHostPort, type HostPort } from '@malla/settings';
import { clientOptions } from '../channel-options.ts';

export interface ChannelParams {
  /** One server, several equal ones (all by IP address), or the absolute path of a Unix socket. */
  readonly target: HostPort | readonly HostPort[] | string;
  readonly credentials: ChannelCredentials;
  /** On top of Malla's own; for specs. */
  readonly options?: ChannelOptions;
}

/** A connection that is made when first used, and again whenever it breaks. Typed clients share it. */
export type Channel = Client;

/** Opens a channel. It costs nothing until a call is made; close it with `close()`. */
export function openChannel(params: ChannelParams): Channel {
  const { target, credentials, options } = params;
  return new Client(targetText(target), credentials, { ...clientOptions, ...serverName(target), ...options });
}

/**
 * TLS sends no IP address as the server's name (RFC 6066), so one that stands for the control plane goes in its place. It decides nothing:
 * servers are known by their SPIFFE id.
 */
function serverName(target: ChannelParams['target']): ChannelOptions {
  const hosts = typeof target === 'string' ? [] : 'host' in target ? [target.host] : target.map(({ host }) => host);
  return hosts.some((host) => isIP(host) !== 0)
    ? { 'grpc.ssl_target_name_override': 'control-plane.malla-system.svc' }
    : {};
}

function targetText(target: ChannelParams['target']): string {
  if (typeof target === 'string') return `unix:${target}`;
  if ('host' in target) return `dns:///${formatHostPort(target)}`;
  const [first] = target;
  if (first === undefined) throw new TypeError('A channel needs a server');
  if (target.length === 1) return `dns:///${formatHostPort(first)}`;
  const family = first.host.includes(':') ? 'ipv6' : 'ipv4';
  return `${family}:${target.map(formatHostPort).join(',')}`;
}
