import { isObject } from '../rest/merge-patch.ts';

/** As many random characters, and at most so many before them, as in Kubernetes. */
const randomLength = 5;
const mostBefore = 63 - randomLength;

/** No vowels and no digits that look like letters, so that no words come out. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** The object with a name made from `metadata.generateName`, if it has that and no name. */
export function withGeneratedName(sent: unknown, random: () => number = Math.random): unknown {
  if (!isObject(sent) || !isObject(sent['metadata'])) return sent;
  const { metadata } = sent;
  const { name, generateName } = metadata;
  if ((name !== undefined && name !== '') || typeof generateName !== 'string' || generateName === '') return sent;
  const end = Array.from({ length: randomLength }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
  return { ...sent, metadata: { ...metadata, name: generateName.slice(0, mostBefore) + end } };
}
