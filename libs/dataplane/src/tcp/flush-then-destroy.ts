import type { Transport } from '@malla/http-codec';
import type { Timers } from '../runtime/services.ts';

/** How often a connection that is on its way out is looked at; also the time that TLS has to say goodbye. */
const checkMs = 20;
/** Longer nobody waits for a peer that takes nothing. */
const patienceMs = 60_000;

/** Sends what is buffered, then ends both sides: Envoy's close with FlushWrite. */
export function flushThenDestroy(transport: Transport, timers: Timers, onDone?: () => void): void {
  const giveUpAt = timers.now() + patienceMs;
  const check = (): void => {
    if (transport.bufferedBytes === 0 || timers.now() >= giveUpAt) {
      transport.destroy();
      onDone?.();
      return;
    }
    timers.set(checkMs, check);
  };
  transport.end();
  timers.set(checkMs, check);
}
