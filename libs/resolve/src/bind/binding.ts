import type { InboundIr, ListenerIr, OutboundIr, Proxy, SocketAddress } from '@malla/ir';
import type { Diagnostic } from '../diagnostics.ts';
import type { ProxyTelemetry } from '../telemetry/telemetry.ts';

/** The halves of a proxy's configuration and the proxy that gives them addresses. */
export interface BindInputs {
  readonly outbound: OutboundIr;
  readonly inbound: InboundIr;
  readonly proxy: Proxy;
  /** Absent: nothing is traced, and nothing logged in files. */
  readonly telemetry?: Pick<ProxyTelemetry, 'client' | 'server'>;
}

/** Listeners, and those that could not be made. */
export interface Binding {
  readonly listeners: readonly ListenerIr[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Collects listeners; the first of an address and port stays, as Envoy refuses a second one. */
export class BindingDraft {
  readonly #taken = new Set<string>();
  readonly #listeners: ListenerIr[] = [];
  readonly #diagnostics: Diagnostic[] = [];

  /** @param reserved addresses of listeners that others make */
  constructor(reserved: readonly SocketAddress[] = []) {
    for (const address of reserved) this.#taken.add(placeOf(address));
  }

  add(listener: ListenerIr): void {
    const places = placesOf(listener);
    if (places.some((place) => this.#taken.has(place))) {
      this.report({
        code: 'conflicting_listener',
        message: `listener ${listener.name} is left out: its address is taken`,
      });
      return;
    }
    for (const place of places) this.#taken.add(place);
    this.#listeners.push(listener);
  }

  report(diagnostic: Diagnostic): void {
    this.#diagnostics.push(diagnostic);
  }

  finish(): Binding {
    return { listeners: this.#listeners, diagnostics: this.#diagnostics };
  }
}

function placesOf(listener: ListenerIr): readonly string[] {
  if (listener.kind === 'api') return [`api ${listener.name}`];
  const also = 'alsoBind' in listener && listener.alsoBind !== undefined ? [listener.alsoBind] : [];
  return [listener.bind, ...also].map(placeOf);
}

/** Equal for every spelling of an IPv6 address. */
function placeOf({ address, port }: SocketAddress): string {
  return `${address.includes(':') ? new URL(`tcp://[${address}]`).hostname : address} ${port}`;
}
