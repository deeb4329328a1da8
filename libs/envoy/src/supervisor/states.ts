import type { ExitInfo } from '../process/envoy-process.ts';

/**
 * The states of a supervised Envoy.
 *
 *     stopped --started--> starting --live--> ready --stopping--> draining --exited--> stopped
 *                             ^  |               |
 *                       retry |  +--- exited ----+
 *                             |         v
 *                             +----- crashed --stopping--> stopped
 *
 * - `stopped`: no process, and none is wanted.
 * - `starting`: a process runs (started here or adopted) but is not LIVE: no configuration yet, or it is opening listeners.
 * - `ready`: LIVE; listeners are open.
 * - `draining`: answers what it has, asks connections to close, and ends when idle.
 * - `crashed`: ended unasked; started again after a back-off.
 */
export type SupervisorState =
  | { readonly name: 'stopped' }
  | { readonly name: 'starting'; readonly pid: number }
  | { readonly name: 'ready'; readonly pid: number }
  | { readonly name: 'draining'; readonly pid: number }
  | { readonly name: 'crashed'; readonly exit: ExitInfo; readonly attempt: number };

/** What happens to a supervised Envoy. */
export type SupervisorEvent =
  /** A process runs; `adopted` and new ones alike. */
  | { readonly kind: 'started'; readonly pid: number }
  /** Its admin interface says LIVE. */
  | { readonly kind: 'live' }
  /** The process has ended. */
  | { readonly kind: 'exited'; readonly exit: ExitInfo; readonly attempt: number }
  /** The agent wants it to end. */
  | { readonly kind: 'stopping' };

/** The state after an event, or undefined for an event that has no meaning in that state (it came late). */
export function nextState(state: SupervisorState, event: SupervisorEvent): SupervisorState | undefined {
  switch (event.kind) {
    case 'started':
      return state.name === 'stopped' || state.name === 'crashed' ? { name: 'starting', pid: event.pid } : undefined;
    case 'live':
      return state.name === 'starting' ? { name: 'ready', pid: state.pid } : undefined;
    case 'exited':
      if (state.name === 'draining') return { name: 'stopped' };
      if (state.name !== 'starting' && state.name !== 'ready') return undefined;
      return { name: 'crashed', exit: event.exit, attempt: event.attempt };
    case 'stopping':
      if (state.name === 'starting' || state.name === 'ready') return { name: 'draining', pid: state.pid };
      return state.name === 'crashed' ? { name: 'stopped' } : undefined;
  }
}
