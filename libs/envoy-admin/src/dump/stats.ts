import { isObject, listAt, textAt } from '../json.ts';

/** Counters and gauges by name, from Envoy's /stats?format=json; histograms and texts are left out. Throws a TypeError for other JSON. */
export function parseStats(json: unknown): ReadonlyMap<string, number> {
  if (!isObject(json) || !Array.isArray(json['stats']))
    throw new TypeError('not the answer of /stats?format=json: it has no "stats"');
  const values = listAt(json, 'stats').flatMap((s): [string, number][] => {
    const value = Number(textAt(s, 'value') || Number.NaN);
    return textAt(s, 'name') === '' || Number.isNaN(value) ? [] : [[textAt(s, 'name'), value]];
  });
  return new Map(values);
}
