import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';

const folder = path.join(import.meta.dirname, 'valid');

interface ValidResource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** Every object of `test/valid`: rich, and without any complaint. */
export function validResources(): readonly ValidResource[] {
  return readdirSync(folder).flatMap((file) =>
    parseAllDocuments(readFileSync(path.join(folder, file), 'utf8')).map((document) => {
      if ('errors' in document && document.errors.length > 0) throw document.errors[0];
      return document.toJS() as ValidResource;
    }),
  );
}

/** The one with a kind and a name. */
export function validResource(kind: string, name: string): object {
  const found = validResources().find((each) => each.kind === kind && each.metadata.name === name);
  if (found === undefined) throw new Error(`test/valid has no ${kind} ${name}`);
  return found;
}
