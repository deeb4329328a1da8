import { distance } from 'fastest-levenshtein';

const squash = (word: string) => word.toLowerCase().replaceAll(/[-_.]/g, '');

/**
 * The known word that a mistyped one most likely meant, or undefined when none is near. Case, `-` and `_` do not count, so that
 * `http_cookie` finds `httpCookie`.
 */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const wanted = squash(word);
  let best: { word: string; distance: number } | undefined;
  for (const candidate of known) {
    const d = distance(wanted, squash(candidate));
    if (best === undefined || d < best.distance) best = { word: candidate, distance: d };
  }
  return best !== undefined && best.distance <= Math.max(1, Math.floor(wanted.length / 3)) ? best.word : undefined;
}

/** The hint for a near word; undefined when none is near. */
export function didYouMean(word: string, known: Iterable<string>): string | undefined {
  const found = nearest(word, known);
  return found === undefined ? undefined : `did you mean "${found}"?`;
}
