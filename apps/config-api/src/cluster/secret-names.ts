import { isObject } from '../rest/merge-patch.ts';

/** Fields by which objects of the mesh name Secrets: a name, or names. */
const nameFields: readonly string[] = ['credentialName', 'credentialNames', 'imagePullSecret'];
/** Fields with an object that has the name. */
const referenceFields: readonly string[] = ['secretRef'];
/** A Secret with the authorities of another's peers has this at the end of its name. Source: Istio, Gateway, ServerTLSSettings */
const authoritiesSuffix = '-cacert';

/** The names of Secrets that an object asks for, wherever they stand in it. */
export function secretNamesIn(object: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  collect(object, names);
  return names;
}

function collect(value: unknown, names: Set<string>): void {
  if (Array.isArray(value)) for (const each of value) collect(each, names);
  else if (isObject(value)) {
    for (const [field, child] of Object.entries(value)) {
      if (nameFields.includes(field)) for (const each of [child].flat()) add(each, names);
      else if (referenceFields.includes(field) && isObject(child)) add(child['name'], names);
      else collect(child, names);
    }
  }
}

/** `name`, `namespace/name`, or with a scheme before it. */
function add(text: unknown, names: Set<string>): void {
  if (typeof text !== 'string' || text === '') return;
  const name = text.slice(text.lastIndexOf('/') + 1);
  names.add(name);
  names.add(`${name}${authoritiesSuffix}`);
}

/** Which names are asked for by any object. */
export class SecretNames {
  readonly #counts = new Map<string, number>();
  readonly #byObject = new Map<string, ReadonlySet<string>>();

  has(name: string): boolean {
    return this.#counts.has(name);
  }

  /** Takes the new state of an object, undefined for one that is gone; returns names that are asked for since then, or no longer are. */
  note(key: string, object: object | undefined): readonly string[] {
    const before = this.#byObject.get(key) ?? new Set<string>();
    const after = object === undefined ? new Set<string>() : secretNamesIn(object);
    if (after.size === 0) this.#byObject.delete(key);
    else this.#byObject.set(key, after);
    const added = [...after].filter((name) => !before.has(name) && this.#count(name, 1) === 1);
    const gone = [...before].filter((name) => !after.has(name) && this.#count(name, -1) === 0);
    return [...added, ...gone];
  }

  #count(name: string, by: number): number {
    const count = (this.#counts.get(name) ?? 0) + by;
    if (count === 0) this.#counts.delete(name);
    else this.#counts.set(name, count);
    return count;
  }
}
