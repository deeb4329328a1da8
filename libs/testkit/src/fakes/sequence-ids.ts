/** Ids `<prefix>1`, `<prefix>2`, ... in order of asking. */
export function sequenceIds(prefix = 'id-'): () => string {
  let last = 0;
  return () => `${prefix}${++last}`;
}
