import { readdirSync, readFileSync } from 'node:fs';

/** A running process, as far as adoption needs it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly args: readonly string[];
}

/** The processes of this machine that this user may see. Empty where there is no /proc. */
export function runningProcesses(): ProcessEntry[] {
  return pids().flatMap((pid) => {
    const args = commandLine(pid);
    return args === undefined || !isRunning(pid) ? [] : [{ pid, args }];
  });
}

/** Whether a process runs. One that has ended but was not reaped (a zombie) does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs as another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return processState(pid) !== 'Z';
}

function pids(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function commandLine(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return text === '' ? undefined : text.replace(/\0$/, '').split('\0');
  } catch {
    return undefined;
  }
}

/** The one-letter state; the command in front of it may hold spaces and brackets. */
function processState(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2, text.lastIndexOf(')') + 3);
  } catch {
    return undefined;
  }
}
