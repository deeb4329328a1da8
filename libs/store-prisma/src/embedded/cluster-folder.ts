import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { MallaError } from '@malla/model';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { canReach, type ServerUser } from './server-user.ts';

/** Where data goes that the server's user could not reach in our own folder (root with a 0700 folder above). */
const systemFolder = '/var/lib/malla';

/** A database cluster on disk. */
export interface ClusterFolder {
  readonly folder: string;
  /** Postgres's own data folder. */
  readonly data: string;
  /** The password of its only user, 0600. */
  readonly passwordFile: string;
  readonly logFile: string;
}

export interface PrepareClusterParams {
  /** The folder the caller wants; made if missing. */
  readonly folder: string;
  readonly binaries: PostgresBinaries;
  readonly user: ServerUser | undefined;
}

/**
 * Gives the cluster of a folder, made by `initdb` if there is none. Safe when two processes do it at once: each prepares
 * a folder of its own, and the first rename wins.
 */
export async function prepareCluster(params: PrepareClusterParams): Promise<ClusterFolder> {
  const home = reachableHome(params.folder, params.user);
  const cluster = clusterIn(path.join(home, 'cluster'));
  if (fs.existsSync(cluster.data)) return cluster;
  const staging = clusterIn(fs.mkdtempSync(path.join(home, 'new-')));
  try {
    await initialise(staging, params);
    fs.renameSync(staging.folder, cluster.folder);
  } catch (error) {
    if (!fs.existsSync(cluster.data)) throw error;
  } finally {
    fs.rmSync(staging.folder, { recursive: true, force: true });
  }
  return cluster;
}

/**
 * The folder itself, or one below /var/lib/malla that the folder points to. The pointer is a random id, so that a
 * folder that was removed and made again gets a new database.
 */
function reachableHome(folder: string, user: ServerUser | undefined): string {
  fs.mkdirSync(folder, { recursive: true, mode: user === undefined ? 0o700 : 0o755 });
  const pointer = path.join(folder, 'location');
  if (!fs.existsSync(pointer)) {
    if (canReach(user, folder)) return fs.realpathSync(folder);
    writeOnce(pointer, path.join(systemFolder, `postgres-${randomUUID().slice(0, 8)}`));
  }
  const home = fs.readFileSync(pointer, 'utf8');
  makeHome(home, pointer);
  if (!canReach(user, home))
    throw new MallaError(
      'unavailable',
      `user ${user?.name ?? ''} of Postgres cannot reach ${home}; choose another MALLA_POSTGRES_DIR or set DATABASE_URL`,
    );
  return home;
}

/** Leaves a note of whose the folder is: nothing removes it when the pointer's folder is removed. */
function makeHome(home: string, pointer: string): void {
  try {
    fs.mkdirSync(home, { recursive: true, mode: 0o755 });
    writeOnce(path.join(home, 'owner'), `${pointer}\n`);
  } catch (error) {
    throw new MallaError(
      'unavailable',
      `Postgres needs ${home}: its user cannot reach ${path.dirname(pointer)}; set MALLA_POSTGRES_DIR to a folder it can reach, or DATABASE_URL`,
      { cause: error },
    );
  }
}

function writeOnce(file: string, text: string): void {
  try {
    fs.writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function clusterIn(folder: string): ClusterFolder {
  return {
    folder,
    data: path.join(folder, 'data'),
    passwordFile: path.join(folder, 'password'),
    logFile: path.join(folder, 'postgres.log'),
  };
}

async function initialise(cluster: ClusterFolder, { binaries, user }: PrepareClusterParams): Promise<void> {
  const password = randomBytes(24).toString('base64url');
  fs.chmodSync(cluster.folder, user === undefined ? 0o700 : 0o755);
  fs.writeFileSync(cluster.passwordFile, password, { mode: 0o600 });
  fs.writeFileSync(cluster.logFile, '', { mode: 0o600 });
  fs.mkdirSync(cluster.data, { mode: 0o700 });
  // initdb reads the password as the server's user, from inside the folder that only that user can enter.
  const promptFile = path.join(cluster.folder, 'initial-password');
  fs.writeFileSync(promptFile, password, { mode: 0o600 });
  if (user !== undefined) for (const each of [cluster.data, promptFile]) fs.chownSync(each, user.uid, user.gid);
  const options = [
    '--username=malla',
    `--pwfile=${promptFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
  ];
  try {
    await promisify(execFile)(binaries.initdb, [`--pgdata=${cluster.data}`, ...options], serverProcess(cluster, user));
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new MallaError('unavailable', `Postgres could not make its data folder: ${stderr.trim() || String(error)}`, {
      cause: error,
    });
  } finally {
    fs.rmSync(promptFile, { force: true });
  }
}

/** How every Postgres program is run: a fixed environment, the server's user, a folder that this user can be in. */
export function serverProcess(cluster: ClusterFolder, user: ServerUser | undefined) {
  const base = { cwd: cluster.data, env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' } };
  return user === undefined ? base : { ...base, uid: user.uid, gid: user.gid };
}
