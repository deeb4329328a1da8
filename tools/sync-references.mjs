// Writes every project's tsconfig.json (compiler settings and project references) from its package.json dependencies,
// so that `tsc -b` builds in the right order. `--check` only compares and fails on a difference.
import fs from 'node:fs';
import path from 'node:path';

const workspace = path.join(import.meta.dirname, '..');

/** All project folders, relative to the workspace. */
export function projects() {
  return ['libs', 'apps'].flatMap((kind) =>
    fs
      .readdirSync(path.join(workspace, kind))
      .filter((name) => fs.existsSync(path.join(workspace, kind, name, 'package.json')))
      .map((name) => `${kind}/${name}`)
      .sort(),
  );
}

/** Path and wanted text of each generated tsconfig. */
export function wantedTsconfigs() {
  const folders = projects();
  const folderOf = new Map(
    folders.map((f) => [JSON.parse(fs.readFileSync(path.join(workspace, f, 'package.json'), 'utf8')).name, f]),
  );
  const files = folders.map((folder) => {
    const manifest = JSON.parse(fs.readFileSync(path.join(workspace, folder, 'package.json'), 'utf8'));
    const references = Object.keys(manifest.dependencies ?? {})
      .filter((name) => folderOf.has(name))
      .sort()
      .map((name) => ({ path: path.relative(folder, folderOf.get(name)) }));
    const text = {
      extends: '../../tsconfig.base.json',
      compilerOptions: { rootDir: 'src', outDir: 'dist', tsBuildInfoFile: 'dist/tsconfig.tsbuildinfo' },
      include: ['src/**/*.ts'],
      exclude: ['src/**/*.spec.ts'],
      references,
    };
    return { file: `${folder}/tsconfig.json`, text: JSON.stringify(text, null, 2) + '\n' };
  });
  const all = { files: [], references: folders.map((f) => ({ path: `./${f}` })) };
  return [...files, { file: 'tsconfig.json', text: JSON.stringify(all, null, 2) + '\n' }];
}

/** Writes what differs; returns the paths written. */
export function syncReferences({ check = false } = {}) {
  const changed = [];
  for (const { file, text } of wantedTsconfigs()) {
    const target = path.join(workspace, file);
    if (fs.existsSync(target) && fs.readFileSync(target, 'utf8') === text) continue;
    changed.push(file);
    if (!check) fs.writeFileSync(target, text);
  }
  return changed;
}

if (process.argv[1] === import.meta.filename) {
  const check = process.argv.includes('--check');
  const changed = syncReferences({ check });
  for (const file of changed) console.log(`${check ? 'out of date' : 'wrote'}: ${file}`);
  if (check && changed.length > 0) process.exit(1);
}
