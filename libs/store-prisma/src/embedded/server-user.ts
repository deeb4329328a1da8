import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** The user that Postgres runs as when we are root: it refuses to run as root itself. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Whom to run Postgres as; undefined for "as ourselves". Makes a `postgres` user if it can, else takes `nobody`. */
export function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return lookUp('postgres') ?? (addUser() ? lookUp('postgres') : undefined) ?? lookUp('nobody');
}

/** True if the user may pass through every folder down to this one. */
export function canReach(user: ServerUser | undefined, folder: string): boolean {
  if (user === undefined) return true;
  for (let current = path.resolve(folder); ; current = path.dirname(current)) {
    const stat = fs.statSync(current, { throwIfNoEntry: false });
    if (stat !== undefined && !mayEnter(user, stat)) return false;
    if (path.dirname(current) === current) return true;
  }
}

function mayEnter(user: ServerUser, stat: fs.Stats): boolean {
  if (stat.uid === user.uid) return (stat.mode & 0o100) !== 0;
  if (stat.gid === user.gid) return (stat.mode & 0o010) !== 0;
  return (stat.mode & 0o001) !== 0;
}

/** initdb asks the system for the name of its user, so a bare number will not do. */
function lookUp(name: string): ServerUser | undefined {
  const line = fs
    .readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`${name}:`));
  if (line === undefined) return undefined;
  const [, , uid, gid] = line.split(':');
  return { name, uid: Number(uid), gid: Number(gid) };
}

function addUser(): boolean {
  try {
    execFileSync(
      'useradd',
      ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'],
      { stdio: 'ignore' },
    );
    return true;
  } catch {
    return false;
  }
}
