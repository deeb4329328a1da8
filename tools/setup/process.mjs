// Child processes of the front door: quiet ones whose output is shown only when they fail, and those that own the terminal.
import { spawn } from 'node:child_process';

/** Bytes of output kept from a quiet child. */
const KEPT_OUTPUT = 256 * 1024;

/**
 * Runs a command to its end and keeps its output (stdout and stderr as they came).
 * @param {string[]} command @param {{cwd?: string, env?: NodeJS.ProcessEnv}} [options]
 * @returns {Promise<{code: number, output: string}>} code 127 when the command does not exist
 */
export function runQuietly([file, ...args], { cwd, env } = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk).slice(-KEPT_OUTPUT);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ code: 127, output: `${file}: ${error.message}` }));
    child.on('close', (code, signal) => resolve({ code: code ?? signalCode(signal), output }));
  });
}

/** A supervisor often signals a process and then its whole group: within this time the second one is the same. */
const SAME_SIGNAL_MS = 1000;

/**
 * Runs a command on the user's terminal. Signals to the front door reach it, and its exit code is returned, so that
 * `kill` and Ctrl-C end the whole chain in order. A terminal signals the child by itself.
 * @param {string[]} command @param {{cwd?: string, env?: NodeJS.ProcessEnv}} [options] @returns {Promise<number>}
 */
export function runInForeground([file, ...args], { cwd, env } = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd, env, stdio: 'inherit' });
    const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
    let last = { signal: '', at: 0 };
    const forward = (signal) => {
      const again = last.signal === signal && Date.now() - last.at < SAME_SIGNAL_MS;
      last = { signal, at: Date.now() };
      if (!again && !(signal === 'SIGINT' && process.stdin.isTTY)) child.kill(signal);
    };
    for (const signal of signals) process.on(signal, forward);
    const settle = (code) => {
      for (const signal of signals) process.off(signal, forward);
      resolve(code);
    };
    child.on('error', (error) => {
      process.stderr.write(`${file}: ${error.message}\n`);
      settle(127);
    });
    child.on('close', (code, signal) => settle(code ?? signalCode(signal)));
  });
}

/** A shell's exit code for an end by signal. */
function signalCode(signal) {
  return signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 1;
}
