import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** What a running server writes into `<data>/postmaster.pid`: https://www.postgresql.org/docs/18/storage-file-layout.html */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** True once it accepts connections. */
  readonly ready: boolean;
}

/**
 * The server that runs on a data folder, or undefined. A file left behind by a dead server does not count; one whose pid
 * now belongs to another program, or to a zombie, is removed, for Postgres would refuse to start over it.
 */
export function findPostmaster(dataFolder: string): Postmaster | undefined {
  const file = path.join(dataFolder, 'postmaster.pid');
  const lines = readLines(file);
  const pid = Number(lines?.[0]);
  if (lines === undefined || !Number.isInteger(pid) || pid <= 0) return undefined;
  if (!isAlive(pid)) {
    // In a container whose first process reaps nobody, a killed server stays a zombie for ever. Its own processes must be gone too.
    if (signalReaches(pid) && !isInUse(dataFolder)) fs.rmSync(file, { force: true });
    return undefined;
  }
  if (!commandLine(pid).includes(dataFolder)) {
    fs.rmSync(file, { force: true });
    return undefined;
  }
  return { pid, port: Number(lines[3] ?? 0), ready: (lines[7] ?? '').trim() === 'ready' };
}

/** The port of the server that ran last on a data folder, by the command line that Postgres keeps there; undefined if none did. */
export function lastPort(dataFolder: string): number | undefined {
  const [line = ''] = readLines(path.join(dataFolder, 'postmaster.opts')) ?? [];
  const port = /"-p" "(\d+)"/.exec(line)?.[1];
  return port === undefined ? undefined : Number(port);
}

/** True while the process exists, ours or not. A zombie does not count. */
export function isAlive(pid: number): boolean {
  if (!signalReaches(pid)) return false;
  try {
    return !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return !fs.existsSync('/proc/self');
  }
}

/** True for every process in the table, a zombie too: what Postgres itself takes for alive. */
function signalReaches(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether a process works in the folder, as all processes of a server do in its data folder. A zombie works nowhere. */
function isInUse(dataFolder: string): boolean {
  const real = fs.realpathSync(dataFolder);
  return fs.readdirSync('/proc').some((entry) => {
    try {
      return /^\d+$/.test(entry) && fs.readlinkSync(`/proc/${entry}/cwd`) === real;
    } catch {
      return false;
    }
  });
}

function readLines(file: string): string[] | undefined {
  try {
    return fs.readFileSync(file, 'utf8').split('\n');
  } catch {
    return undefined;
  }
}

function commandLine(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\u0000', ' ');
  } catch {
    // No /proc, as on macOS.
  }
  try {
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
