import type { InboundIr, ListenerIr, OutboundIr, Proxy } from '@malla/ir';
import type { Diagnostic } from '../diagnostics.ts';

/** The halves of a proxy's configuration and the proxy that gives them addresses. */
export interface BindInputs {
  readonly outbound: OutboundIr;
  readonly inbound: InboundIr;
  readonly proxy: Proxy;
}

/** Listeners, and those that could not be made. */
export interface Binding {
  readonly listeners: readonly ListenerIr[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Collects listeners; the first of an address and port stays, as Envoy can have only one. */
export class BindingDraft {
  readonly #taken = new Set<string>();
  readonly #listeners: ListenerIr[] = [];
  readonly #diagnostics: Diagnostic[] = [];

  add(listener: ListenerIr): void {
    const place = listener.kind === 'api' ? `api ${listener.name}` : `${listener.bind.address} ${listener.bind.port}`;
    if (this.#taken.has(place)) {
      this.report({
        code: 'conflicting_listener',
        message: `listener ${listener.name} is left out: its address is taken`,
      });
      return;
    }
    this.#taken.add(place);
    this.#listeners.push(listener);
  }

  report(diagnostic: Diagnostic): void {
    this.#diagnostics.push(diagnostic);
  }

  finish(): Binding {
    return { listeners: this.#listeners, diagnostics: this.#diagnostics };
  }
}
