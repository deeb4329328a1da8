import type {
  ClusterConfig,
  EndpointsConfig,
  ListenerConfig,
  RouteTableConfig,
  SecretConfig,
} from '@malla/proxy-config';
import { typeUrls, type EncodedResource } from '@malla/protos';

/** What each type of resource becomes. */
export interface ConfigOf {
  readonly cluster: ClusterConfig;
  readonly endpoint: EndpointsConfig;
  readonly listener: ListenerConfig;
  readonly route: RouteTableConfig;
  readonly secret: SecretConfig;
}

export type Kind = keyof ConfigOf;

export const kinds = Object.keys(typeUrls) as readonly Kind[];

/** The kind of a type URL; undefined for one that this proxy does not know. */
export function kindOf(typeUrl: string): Kind | undefined {
  return kinds.find((kind) => typeUrls[kind] === typeUrl);
}

/** A resource that was understood. */
export interface Accepted<K extends Kind = Kind> {
  readonly name: string;
  readonly config: ConfigOf[K];
  /** As it was delivered, the last time with the same bytes; undefined when the program was started with it. */
  resource: EncodedResource | undefined;
  /** Wall-clock milliseconds. */
  readonly updatedAt: number;
}

/** What a reader of resources says: the configuration, or why it is refused. */
export type Read<K extends Kind> =
  { readonly ok: true; readonly config: ConfigOf[K] } | { readonly ok: false; readonly message: string };

/** Turns delivered resources into configuration. */
export interface ResourceReader {
  read<K extends Kind>(kind: K, resource: EncodedResource): Read<K>;
}

/** Why a version of a resource is refused. */
export interface Refusal {
  readonly name: string;
  readonly version: string;
  readonly message: string;
}
