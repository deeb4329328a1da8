// Puts mallactl and its libraries into a few files: a command line that reads hundreds of modules takes twice as long to start.
import fs from 'node:fs';
import path from 'node:path';
import { SetupError } from './report.mjs';

/** Where the bundle is, and the compiler's notes about every project that goes into it. */
function placesOf(root) {
  const app = path.join(root, 'apps/mallactl');
  const projects = new Set();
  const visit = (folder) => {
    if (projects.has(folder)) return;
    projects.add(folder);
    const { dependencies = {} } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    for (const name of Object.keys(dependencies)) visit(path.join(root, 'libs', name.replace('@malla/', '')));
  };
  visit(app);
  const notes = [...projects].map((folder) => path.join(folder, 'dist/tsconfig.tsbuildinfo'));
  return { entry: path.join(app, 'dist/start.js'), bundle: path.join(app, 'dist/bundle'), notes };
}

const listOf = (bundle) => path.join(bundle, 'inputs.txt');

function isFresh({ bundle, notes }) {
  const made = fs.statSync(listOf(bundle), { throwIfNoEntry: false })?.mtimeMs;
  return (
    made !== undefined && notes.every((note) => (fs.statSync(note, { throwIfNoEntry: false })?.mtimeMs ?? 0) <= made)
  );
}

/** Makes the bundle of a built checkout. @param {string} root */
export async function bundleMallactl(root) {
  const { entry, bundle, notes } = placesOf(root);
  const { build } = await import('rolldown');
  fs.rmSync(bundle, { recursive: true, force: true });
  await build({
    input: entry,
    platform: 'node',
    output: { dir: bundle, format: 'esm', minify: false },
    logLevel: 'silent',
  });
  fs.writeFileSync(listOf(bundle), notes.map((note) => `${path.relative(bundle, note)}\n`).join(''));
}

/** @type {import('./steps.mjs').Step} */
export const bundleStep = {
  title: 'Command line',
  isDone: (context) => isFresh(placesOf(context.root)),
  async run(context) {
    try {
      await bundleMallactl(context.root);
    } catch (error) {
      throw new SetupError(`Command line: ${error.message}`);
    }
  },
};

if (process.argv[1] === import.meta.filename) await bundleMallactl(path.join(import.meta.dirname, '../..'));
