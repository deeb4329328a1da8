import { MallaError } from '@malla/model';
import { DeltaSession, SotwSession, XdsLimitError, type Nack, type ResourceSet, type XdsSession } from '@malla/xds';
import type {
  DeltaDiscoveryRequest,
  DiscoveryRequest,
} from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { DeltaGate } from './delta-gate.ts';
import type { Gate, Knowledge } from './gate.ts';
import { SotwGate } from './sotw-gate.ts';

/** What a data plane made of the resources of one type. */
export type Verdict =
  /** It never asked for this type. */
  | { readonly kind: 'none' }
  /** It has answered all that it should have. */
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly nack: Nack; readonly outstanding: boolean }
  /** Something is still on its way, or waits for its turn. */
  | { readonly kind: 'pending' };

/** One open xDS stream of a data plane, of either protocol variant: ADS or SDS. */
export interface DataPlaneStream {
  /** Takes what the data plane should have, and what became known. */
  update(resources: ResourceSet): void;
  /** Names that it subscribes to. */
  names(typeUrl: string): ReadonlySet<string>;
  /** Grows when the names change. */
  readonly namesRevision: number;
  verdict(typeUrl: string): Verdict;
  /** For the debug page: wanted, sent and acknowledged versions by type URL. */
  describe(): Record<string, unknown>;
}

/** A stream that its handler feeds with requests. */
export interface RequestSink<Request> extends DataPlaneStream {
  /** @throws MallaError `exhausted` when it asks for more than a stream may hold */
  receive(request: Request): void;
}

export interface StreamParams {
  readonly known: Knowledge;
  /** Sends an encoded response. */
  readonly write: (bytes: Uint8Array) => void;
}

/** A delta stream. */
export function deltaStream(params: StreamParams): RequestSink<DeltaDiscoveryRequest> {
  return new SessionStream(new DeltaSession(sessionOptions()), new DeltaGate(params.known), params.write);
}

/** A state-of-the-world stream. */
export function sotwStream(params: StreamParams): RequestSink<DiscoveryRequest> {
  return new SessionStream(new SotwSession(sessionOptions()), new SotwGate(params.known), params.write);
}

/** Nonces are unique on one stream only. */
function sessionOptions() {
  let count = 0;
  return { nonce: () => String(++count), now: Date.now };
}

class SessionStream<Request> implements RequestSink<Request> {
  readonly #session: XdsSession<Request>;
  readonly #gate: Gate<Request>;
  readonly #write: (bytes: Uint8Array) => void;

  constructor(session: XdsSession<Request>, gate: Gate<Request>, write: (bytes: Uint8Array) => void) {
    this.#session = session;
    this.#gate = gate;
    this.#write = write;
  }

  receive(request: Request): void {
    const admitted = this.#gate.admit(request);
    if (admitted !== undefined) this.#forward(admitted);
  }

  update(resources: ResourceSet): void {
    for (const { bytes } of this.#session.update(resources)) this.#write(bytes);
    for (const request of this.#gate.release()) this.#forward(request);
  }

  names(typeUrl: string): ReadonlySet<string> {
    return this.#gate.names(typeUrl);
  }

  get namesRevision(): number {
    return this.#gate.revision;
  }

  verdict(typeUrl: string): Verdict {
    const delivery = this.#session.delivery().get(typeUrl);
    if (delivery === undefined) return { kind: 'none' };
    const { nack, ackedVersion, sentVersion, wantedVersion } = delivery;
    if (nack !== undefined) return { kind: 'refused', nack, outstanding: sentVersion !== ackedVersion };
    return ackedVersion === wantedVersion ? { kind: 'accepted' } : { kind: 'pending' };
  }

  describe(): Record<string, unknown> {
    return Object.fromEntries(this.#session.delivery());
  }

  #forward(request: Request): void {
    try {
      for (const { bytes } of this.#session.receive(request)) this.#write(bytes);
    } catch (error) {
      if (error instanceof XdsLimitError) throw new MallaError('exhausted', error.message, { cause: error });
      throw error;
    }
  }
}
