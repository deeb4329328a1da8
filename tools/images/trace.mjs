// Puts what each image holds into a folder of its own: node trace.mjs TARGET [app ...]. A stage of the Dockerfile runs it in a built checkout.
import fs from 'node:fs';
import path from 'node:path';
import { nodeFileTrace } from '@vercel/nft';
import { APPS } from './apps.mjs';

/** Where the checkout is in the images. */
const PLACE = 'malla';

/** Files that tracing takes along for safety and that nothing reads at run time. */
const NEEDLESS = /(\.d\.[cm]?ts|\.map|\.md|\.tsbuildinfo)$/;

/** Files of one app, relative to the checkout, with the links that lead to them. */
async function filesOf({ entries, files = [] }, root, cache) {
  for (const entry of [...entries, ...files]) {
    if (!fs.existsSync(path.join(root, entry))) throw new Error(`${entry} is not there: is the checkout built?`);
  }
  const { fileList } = await nodeFileTrace(
    entries.map((entry) => path.join(root, entry)),
    { base: root, processCwd: root, cache, conditions: ['node'], mixedModules: true },
  );
  const named = files.flatMap((file) => allIn(root, file));
  return [...new Set([...fileList, ...named])].filter((file) => !NEEDLESS.test(file)).sort();
}

function allIn(root, place) {
  if (!fs.statSync(path.join(root, place)).isDirectory()) return [place];
  const entries = fs.readdirSync(path.join(root, place), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
}

/** Copies files and links; gives the bytes. */
function copyAll(files, root, target) {
  let bytes = 0;
  for (const file of files) {
    const from = path.join(root, file);
    const to = path.join(target, file);
    fs.mkdirSync(path.dirname(to), { recursive: true });
    const stat = fs.lstatSync(from);
    if (stat.isSymbolicLink()) fs.symlinkSync(fs.readlinkSync(from), to);
    else if (stat.isFile()) {
      fs.copyFileSync(from, to);
      fs.chmodSync(to, stat.mode & 0o111 ? 0o755 : 0o644);
      bytes += stat.size;
    }
  }
  return bytes;
}

/** Gives everything below a folder one time, so that two builds of the same sources are the same. */
function setTimes(folder, seconds) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) setTimes(full, seconds);
    else fs.lutimesSync(full, seconds, seconds);
  }
  fs.utimesSync(folder, seconds, seconds);
}

/** @param {string} root the built checkout @param {string} target @param {string[]} apps @param {number} seconds time of every file */
export async function traceApps(root, target, apps, seconds) {
  const cache = {};
  for (const app of apps) {
    const files = await filesOf(APPS[app], root, cache);
    const bytes = copyAll(files, root, path.join(target, app, PLACE));
    setTimes(path.join(target, app), seconds);
    console.log(`${app}: ${files.length} files, ${(bytes / 1e6).toFixed(1)} MB`);
  }
}

if (process.argv[1] === import.meta.filename) {
  const [target, ...apps] = process.argv.slice(2);
  const root = path.join(import.meta.dirname, '../..');
  const seconds = Number(process.env.SOURCE_DATE_EPOCH ?? 0);
  await traceApps(root, path.resolve(target), apps.length > 0 ? apps : Object.keys(APPS), seconds);
}
