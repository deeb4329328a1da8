import type { StatsScope } from '../runtime/instruments.ts';

/**
 * An object of numbers, such as the balancing library counts into, whose changes go into statistics. `names` are the statistics' names; numbers that only
 * grow are counters, those in `gauges` are gauges. Instruments are made with the first change.
 */
export function countedObject<T extends { [K in keyof T]: number }>(
  initial: T,
  scope: StatsScope,
  names: Readonly<Record<keyof T, string>>,
  gauges: readonly (keyof T)[] = [],
): T {
  const values = { ...initial };
  const object = {} as T;
  for (const key of Object.keys(initial) as (keyof T)[]) {
    const isGauge = gauges.includes(key);
    Object.defineProperty(object, key, {
      enumerable: true,
      get: () => values[key],
      set: (value: T[keyof T]) => {
        const by = value - values[key];
        values[key] = value;
        if (isGauge) scope.gauge(names[key]).set(value);
        else scope.counter(names[key]).inc(by);
      },
    });
  }
  return object;
}
