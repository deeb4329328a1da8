// Writes the reference below docs/reference from the built code, so that it cannot say what the code does not do. Build first.
// `--check` only compares, and fails when a page is out of date.
import fs from 'node:fs';
import path from 'node:path';
import prettier from 'prettier';
import { errorsPage } from './pages/errors.mjs';
import { grpcPage } from './pages/grpc.mjs';
import { kindsPage } from './pages/kinds.mjs';
import { mallactlPage } from './pages/mallactl.mjs';
import { metricsPage } from './pages/metrics.mjs';
import { restPage } from './pages/rest.mjs';
import { portsPage, settingsPage } from './pages/settings.mjs';
import { unsupportedPage } from './pages/unsupported.mjs';

const workspace = path.join(import.meta.dirname, '../..');
const folder = path.join(workspace, 'docs/reference');

/** Makers of the pages, by file name. */
const pages = {
  'errors.md': errorsPage,
  'grpc.md': grpcPage,
  'kinds.md': kindsPage,
  'mallactl.md': mallactlPage,
  'metrics.md': metricsPage,
  'ports.md': portsPage,
  'rest-api.md': restPage,
  'settings.md': settingsPage,
  'unsupported.md': unsupportedPage,
};

/** Brings the pages up to date; gives the names of those that were not. */
async function generate({ check }) {
  const changed = [];
  const options = await prettier.resolveConfig(path.join(folder, 'x.md'));
  for (const [name, make] of Object.entries(pages)) {
    const text = await prettier.format(await make(), { ...options, parser: 'markdown' });
    const file = path.join(folder, name);
    if (fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text) continue;
    changed.push(`docs/reference/${name}`);
    if (!check) fs.writeFileSync(file, text);
  }
  return changed;
}

const check = process.argv.includes('--check');
const changed = await generate({ check });
for (const name of changed) console.log(`${check ? 'out of date, run npm run gen' : 'wrote'}: ${name}`);
// Imported services may hold handles open.
process.exit(check && changed.length > 0 ? 1 : 0);
