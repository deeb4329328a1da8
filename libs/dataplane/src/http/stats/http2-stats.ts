import { Http2Counters } from '@malla/http-codec';
import type { StatsScope } from '../../runtime/instruments.ts';

/** A codec's counters that count into statistics below `http2.`. */
export function http2Stats(scope: StatsScope): Http2Counters {
  const counters = new Http2Counters();
  for (const name of Object.keys(counters) as (keyof Http2Counters)[]) {
    const counter = scope.counter(`http2.${name}`);
    let value = 0;
    Object.defineProperty(counters, name, {
      get: () => value,
      set: (next: number) => {
        counter.inc(next - value);
        value = next;
      },
    });
  }
  return counters;
}
