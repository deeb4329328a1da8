/** Characters that may go on a resource name; a name inside a longer one is not meant. */
const nameCharacter = /[A-Za-z0-9_.|:/-]/;

/**
 * Which resources of a refused response are to blame. Envoy names them in its message ("Error adding/updating
 * cluster(s) a: ..., b: ..."); when it names none, all are.
 */
export function blame(message: string, names: readonly string[]): readonly string[] {
  const named = names.filter((name) => mentions(message, name));
  return named.length > 0 ? named : names;
}

function mentions(message: string, name: string): boolean {
  if (name === '') return false;
  for (let at = message.indexOf(name); at >= 0; at = message.indexOf(name, at + 1)) {
    const before = message[at - 1];
    const after = message.slice(at + name.length, at + name.length + 2);
    if (before !== undefined && nameCharacter.test(before)) continue;
    if (endsName(after)) return true;
  }
  return false;
}

/** "name", "name:", "name." and "name: reason" end it; "name:9080" and "name.x" go on. */
function endsName(after: string): boolean {
  const [next, second] = after;
  if (next === undefined || !nameCharacter.test(next)) return true;
  return (next === ':' || next === '.') && (second === undefined || !nameCharacter.test(second));
}
