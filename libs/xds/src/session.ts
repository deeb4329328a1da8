import type { ResourceSet } from './resource-set.ts';

/** One response, ready for the wire. */
export interface XdsResponse {
  readonly typeUrl: string;
  readonly nonce: string;
  /** An encoded DeltaDiscoveryResponse or DiscoveryResponse; write it as one gRPC message. */
  readonly bytes: Uint8Array;
  /** Names of the resources inside. */
  readonly sent: readonly string[];
  /** Names that the client shall forget. */
  readonly removed: readonly string[];
}

/**
 * Where a stream is in the make-before-break order.
 * - `idle`: nothing is outstanding.
 * - `supplying`: clusters, endpoints or secrets are not yet acknowledged; changed listeners and routes wait.
 * - `switching`: listeners or routes are not yet acknowledged; removals wait.
 * - `retiring`: removals are not yet acknowledged.
 */
export type SessionState = 'idle' | 'supplying' | 'switching' | 'retiring';

/** A client's refusal of resources. */
export interface Nack {
  /** The client's own words. */
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Names of the refused resources: those that the message names, else everything new in the response. */
  readonly resources: readonly string[];
  /** Their versions that were refused, by name. */
  readonly versions: Readonly<Record<string, string>>;
}

/** What is known of one type's delivery to one client. Versions are set versions over what the client subscribes to. */
export interface TypeDelivery {
  /** What the client should have. */
  readonly wantedVersion: string;
  /** What it was sent last. */
  readonly sentVersion: string;
  /** What it has acknowledged. Equal to wantedVersion: in step. */
  readonly ackedVersion: string;
  /** Present while the client keeps an older version of something because it refused the newer one. */
  readonly nack?: Nack;
}

/** What sessions are given from outside. */
export interface SessionOptions {
  /** Unique on the stream. */
  readonly nonce: () => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A delta response is split above so many bytes (one larger resource still goes alone). Default 2 MiB. */
  readonly maxResponseBytes?: number;
  /** The client answers a response that is none of the last ones, or that it has answered before: ignored. For metrics. */
  readonly onStaleNonce?: (typeUrl: string) => void;
  /** Above so many subscribed names of a type the stream is in error. Default 100,000. */
  readonly maxSubscriptions?: number;
}

/** Default of SessionOptions.maxResponseBytes: half of what gRPC clients take by default. */
export const defaultMaxResponseBytes = 2 * 1024 * 1024;
/** Default of SessionOptions.maxSubscriptions. */
export const defaultMaxSubscriptions = 100_000;

/** The server's side of one ADS stream, of either protocol variant. A new stream needs a new session. */
export interface XdsSession<Request> {
  readonly state: SessionState;
  /** Takes one request of the client; gives the responses to write, in order. Throws XdsLimitError. */
  receive(request: Request): readonly XdsResponse[];
  /** Takes what the client should have from now on. Call it once before the first response is due. */
  update(resources: ResourceSet): readonly XdsResponse[];
  /** Delivery per type URL that the client has asked for. */
  delivery(): ReadonlyMap<string, TypeDelivery>;
}

/** The client asks for more than a stream may hold; close the stream with RESOURCE_EXHAUSTED. */
export class XdsLimitError extends Error {
  override readonly name = 'XdsLimitError';
}
