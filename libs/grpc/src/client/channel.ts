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
  return new Client(targetText(params.target), params.credentials, { ...clientOptions, ...params.options });
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
