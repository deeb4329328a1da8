// Writes what is made from the built code, so that it cannot say what the code does not do: the reference below docs/reference and the
// CustomResourceDefinitions below k8s/crds. Build first. `--check` only compares, and fails when a file is out of date.
import fs from 'node:fs';
import path from 'node:path';
import prettier from 'prettier';
import { dashboardFiles, FOLDER as DASHBOARDS } from '../dashboards/dashboards.mjs';
import { crdFiles } from '../kubernetes/crds.mjs';
import { analysisPage } from './pages/analysis.mjs';
import { errorsPage } from './pages/errors.mjs';
import { grpcPage } from './pages/grpc.mjs';
import { kindPages } from './pages/kinds.mjs';
import { mallactlPage } from './pages/mallactl.mjs';
import { metricsPage } from './pages/metrics.mjs';
import { problemCodesPage } from './pages/problem-codes.mjs';
import { restPage } from './pages/rest.mjs';
import { portsPage, settingsPage } from './pages/settings.mjs';
import { supportPage } from './pages/support.mjs';

const workspace = path.join(import.meta.dirname, '../..');

/** Makers of the pages of docs/reference, by file name. */
const pages = {
  'analysis.md': analysisPage,
  'errors.md': errorsPage,
  'grpc.md': grpcPage,
  'mallactl.md': mallactlPage,
  'metrics.md': metricsPage,
  'ports.md': portsPage,
  'problem-codes.md': problemCodesPage,
  'rest-api.md': restPage,
  'settings.md': settingsPage,
  'support.md': supportPage,
};

/** Folders of which every file is generated: one too many is out of date as well. */
const ownFolders = ['k8s/crds', 'docs/reference/kinds', DASHBOARDS];

/** The text of every file, by its path in the workspace, as prettier writes it. */
async function allFiles() {
  const files = {};
  for (const [name, make] of Object.entries(pages)) files[`docs/reference/${name}`] = await make();
  for (const [name, text] of Object.entries(kindPages())) files[`docs/reference/${name}`] = text;
  for (const [name, text] of Object.entries(crdFiles())) files[`k8s/crds/${name}`] = text;
  Object.assign(files, dashboardFiles());
  for (const [name, text] of Object.entries(files)) {
    const options = await prettier.resolveConfig(path.join(workspace, name));
    files[name] = await prettier.format(text, { ...options, filepath: path.join(workspace, name) });
  }
  return files;
}

/** Brings the files up to date; gives the names of those that were not. */
async function generate({ check }) {
  const files = await allFiles();
  const changed = [];
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(workspace, name);
    if (fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text) continue;
    changed.push(name);
    if (check) continue;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
  const superfluous = ownFolders.flatMap(filesBelow).filter((name) => files[name] === undefined);
  for (const name of check ? [] : superfluous) fs.rmSync(path.join(workspace, name));
  return [...changed, ...superfluous];
}

/** Files below a folder of the workspace, with their path in it. */
function filesBelow(folder) {
  const absolute = path.join(workspace, folder);
  if (!fs.existsSync(absolute)) return [];
  const entries = fs.readdirSync(absolute, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(workspace, path.join(entry.parentPath, entry.name)));
}

const check = process.argv.includes('--check');
const changed = await generate({ check });
for (const name of changed) console.log(`${check ? 'out of date, run npm run gen' : 'wrote'}: ${name}`);
// Imported services may hold handles open.
process.exit(check && changed.length > 0 ? 1 : 0);
