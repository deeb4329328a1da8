import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { MallaError } from '@malla/model';
import { formatProblems, loadSettings, processInput } from '@malla/settings';
import { addressesOf } from '../settings/names.ts';
import { applyRules, familiesOf, type RunProgram } from './apply-rules.ts';
import { captureSettings, type CaptureSettings } from './capture-settings.ts';

// The step before a workload and its agent start: as root with NET_ADMIN, in the network namespace that both will use.

/** Nobody that owns anything. */
const unprivileged = 65_532;

/** No command takes longer; iptables waits for its lock. */
const commandMs = 30_000;

const loaded = loadSettings(captureSettings, processInput());
if (loaded.kind === 'help') {
  process.stdout.write(
    `capture: makes the rules of interception REDIRECT in this network namespace.\n\n${loaded.text}`,
  );
} else if (loaded.kind === 'problems') {
  process.stderr.write(`${formatProblems(loaded.problems)}\n`);
  process.exitCode = 2;
} else {
  capture(loaded.values);
}

function capture(settings: CaptureSettings): void {
  try {
    const applied = applyRules({
      families: familiesOf(addressesOf(networkInterfaces())),
      options: {
        proxyUid: settings.proxyUser,
        proxyGid: settings.proxyUser,
        excludedInboundPorts: settings.excludedInboundPorts.map(Number),
        excludedOutboundPorts: settings.excludedOutboundPorts.map(Number),
        excludedOutboundRanges: settings.excludedOutboundRanges,
      },
      run,
    });
    for (const { family, variant } of applied) process.stdout.write(`captured: ${family} by ${variant} iptables\n`);
    if (settings.readyFile !== undefined) writeFileSync(settings.readyFile, '');
    if (settings.hold) hold();
  } catch (error) {
    if (!(error instanceof MallaError || error instanceof RangeError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error instanceof RangeError ? 2 : 1;
  }
}

function run(...[file, args, input]: Parameters<RunProgram>): ReturnType<RunProgram> {
  const { status, error, stderr } = spawnSync(file, args, { input: input ?? '', encoding: 'utf8', timeout: commandMs });
  if (status === 0) return {};
  return { failure: error?.message ?? (stderr.trim() || `ended with code ${status}`) };
}

/** Becomes a program of some hundred kilobytes that can do nothing. Its first process keeps a container, and so the namespace, open. */
function hold(): void {
  const sleep = (processInput().env['PATH'] ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, 'sleep'))
    .find((file) => existsSync(file));
  if (sleep === undefined) throw new MallaError('unavailable', 'the program sleep was not found on PATH');
  process.setgroups?.([]);
  process.setgid?.(unprivileged);
  process.setuid?.(unprivileged);
  process.execve?.(sleep, ['sleep', 'infinity'], {});
}
