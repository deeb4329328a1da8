import { setTimeout as sleep } from 'node:timers/promises';
import type { Resource } from '@malla/model';
import type { ResourceMirror } from '@malla/store';
import type { Deliveries, ProxyDelivery } from '../resources/delivery-status.ts';
import type { EventRecorder } from './event-recorder.ts';

export interface DeliveryEventsParams {
  readonly deliveries: Deliveries;
  readonly mirror: ResourceMirror;
  readonly recorder: EventRecorder;
  /** How often the delivery map is read, in milliseconds; 5 s by default. */
  readonly everyMs?: number;
}

/** Tells as events what proxies refuse, and that they take it again: about the objects that a refusal names, or about the proxy's namespace. */
export class DeliveryEvents {
  readonly #params: DeliveryEventsParams;
  readonly #stop = new AbortController();
  /** What each proxy refuses, as far as it was told. */
  #refused = new Map<string, string>();
  #running: Promise<void> = Promise.resolve();

  constructor(params: DeliveryEventsParams) {
    this.#params = params;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Looks once. Rejects while the delivery map is out of reach. */
  async look(): Promise<void> {
    const now = new Map<string, string>();
    for (const proxy of await this.#params.deliveries.list()) {
      const message = refusalOf(proxy);
      const before = this.#refused.get(proxy.id);
      if (message !== undefined) now.set(proxy.id, message);
      if (message === before) continue;
      if (message !== undefined)
        this.#tell(proxy, message, {
          type: 'Warning',
          reason: 'ProxyRejected',
          text: `${proxy.id} refused: ${message}`,
        });
      else
        this.#tell(proxy, before as string, {
          type: 'Normal',
          reason: 'ProxyAccepted',
          text: `${proxy.id} takes the configuration again`,
        });
    }
    this.#refused = now;
  }

  #tell(
    proxy: ProxyDelivery,
    message: string,
    event: { type: 'Normal' | 'Warning'; reason: string; text: string },
  ): void {
    for (const about of this.#objectsIn(message, proxy))
      this.#params.recorder.record({ about, type: event.type, reason: event.reason, message: event.text });
  }

  /** Refusals name objects as `VirtualService shop/reviews`; whatever else they say is about the namespace of the proxy. */
  #objectsIn(message: string, { namespace }: ProxyDelivery): readonly Resource[] {
    const { mirror } = this.#params;
    const named = [...message.matchAll(/\b([A-Z][A-Za-z]+) ([a-z0-9-]+)\/([a-z0-9.-]+)/g)].flatMap(
      ([, kind = '', within = '', name = '']) =>
        mirror.list({ kind, namespace: within }).resources.filter(({ key }) => key.name === name.replace(/\.$/, '')),
    );
    const found = named.map(({ object }) => object);
    if (found.length > 0) return found;
    const home = mirror.get({ group: '', kind: 'Namespace', namespace: '', name: namespace });
    return home === undefined ? [] : [{ ...home.object, metadata: { ...home.object.metadata, namespace } }];
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await sleep(this.#params.everyMs ?? 5_000, undefined, { signal, ref: false }).catch(() => undefined);
      // While Redis is away there is nothing to tell; health says so already.
      if (!signal.aborted) await this.look().catch(() => undefined);
    }
  }
}

function refusalOf({ types = {} }: ProxyDelivery): string | undefined {
  return Object.values(types).find(({ nacked }) => nacked !== undefined)?.nacked?.message;
}
