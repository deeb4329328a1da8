import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * The program in a few files (`tools/setup/bundle.mjs` makes them), which starts in half of the time: URL of its entry. Undefined if there is
 * none, or if something that it was made from has been compiled since.
 */
export function freshBundle(folder: string): string | undefined {
  const bundle = path.join(folder, 'bundle');
  const list = path.join(bundle, 'inputs.txt');
  try {
    const made = statSync(list).mtimeMs;
    const inputs = readFileSync(list, 'utf8').split('\n').filter(Boolean);
    const isStale = inputs.some((file) => statSync(path.resolve(bundle, file)).mtimeMs > made);
    return isStale ? undefined : pathToFileURL(path.join(bundle, 'start.js')).href;
  } catch {
    return undefined;
  }
}
