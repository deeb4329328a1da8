// Scaffolds a library or an app: node tools/new-project.mjs libs|apps NAME LAYER "one-line description" [dependency ...]
// LAYER is one of core, engine, wire, adapter, test, app (docs/ARCHITECTURE.md, "Layers").
import fs from 'node:fs';
import path from 'node:path';
import { syncReferences } from './sync-references.mjs';

const [kind, name, layer, description, ...dependencies] = process.argv.slice(2);
if (!['libs', 'apps'].includes(kind) || !name || !layer || !description) {
  console.error('usage: node tools/new-project.mjs libs|apps NAME LAYER "description" [dependency ...]');
  process.exit(64);
}
const root = path.join(import.meta.dirname, '..', kind, name);
if (fs.existsSync(path.join(root, 'package.json'))) {
  console.error(`${kind}/${name} exists already`);
  process.exit(1);
}
fs.mkdirSync(path.join(root, 'src'), { recursive: true });
const isLib = kind === 'libs';
const manifest = {
  name: `@malla/${name}`,
  version: '0.1.0',
  description,
  private: true,
  type: 'module',
  ...(isLib && {
    exports: { '.': { '@malla/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' } },
  }),
  dependencies: Object.fromEntries(dependencies.map((d) => [`@malla/${d}`, '*'])),
  nx: { tags: [`layer:${layer}`], targets: { build: {}, test: {}, lint: {} } },
};
fs.writeFileSync(path.join(root, 'package.json'), JSON.stringify(manifest, null, 2) + '\n');
if (isLib) {
  fs.writeFileSync(path.join(root, 'src/index.ts'), 'export {};\n');
  fs.writeFileSync(path.join(root, 'README.md'), `# @malla/${name}\n\n${description}\n`);
}
syncReferences();
console.log(`${kind}/${name} created; run npm install to link it`);
