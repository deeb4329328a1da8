import fs from 'node:fs';
import path from 'node:path';

/** Text of files by their path from the root of the workspace, with `/` between folders. A fixture is a literal Map. */
export type SourceTree = ReadonlyMap<string, string>;

const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', '.tools', '.nx', '.git', '.malla', 'coverage']);
const READ_FILES = /\.(ts|mts|json|md)$/;

/** Reads what the rules look at: projects, and the settings at the root. Generated code is left out. */
export function readSourceTree(root: string): SourceTree {
  const tree = new Map<string, string>();
  const read = (file: string) => tree.set(file, fs.readFileSync(path.join(root, file), 'utf8'));
  const walk = (folder: string) => {
    for (const entry of fs.readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const file = `${folder}/${entry.name}`;
      if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name) && entry.name !== 'gen') walk(file);
      else if (entry.isFile() && READ_FILES.test(entry.name)) read(file);
    }
  };
  for (const file of ['package.json', 'tsconfig.base.json']) read(file);
  for (const folder of ['libs', 'apps']) walk(folder);
  return tree;
}
