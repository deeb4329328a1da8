import { typeUrls } from '@malla/protos';
import type { Nack } from '@malla/xds';

/** What the data plane refuses at present, by type. */
export class Refusals {
  readonly #byType = new Map<string, Nack>();
  readonly #inboundListeners: ReadonlySet<string>;

  /** @param inboundListeners names of the listeners that peers connect to */
  constructor(inboundListeners: Iterable<string>) {
    this.#inboundListeners = new Set(inboundListeners);
  }

  note(typeUrl: string, refusal: Nack | undefined): void {
    if (refusal === undefined) this.#byType.delete(typeUrl);
    else this.#byType.set(typeUrl, refusal);
  }

  /** Why peers cannot reach the workload: where its listener should be is none, or another program's. */
  get unreachable(): string | undefined {
    const refusal = this.#byType.get(typeUrls.listener);
    if (!refusal?.resources.some((name) => this.#inboundListeners.has(name))) return undefined;
    return `the data plane has no listener for peers: ${textOf(refusal)}`;
  }

  /** What is refused, for people; undefined when all is accepted. */
  get summary(): string | undefined {
    if (this.#byType.size === 0) return undefined;
    const texts = [...this.#byType.values()].map(textOf);
    return `the data plane refused a part and keeps the last good one: ${texts.join('; ')}`;
  }
}

/** Envoy does not try again to bind an address; a new process does. */
function textOf({ message }: Nack): string {
  const text = message.trim();
  return /cannot bind/.test(text) ? `${text}; free the port and restart the agent, or choose another port` : text;
}
