import { run } from './run.ts';
import type { Terminal } from './terminal.ts';

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
process.once('SIGTERM', () => interrupt.abort());
// The reader of a pipe may go away first (mallactl get | head): not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
});

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Loaded only when a command runs: help must not wait for it. */
async function realTerminal(): Promise<Terminal> {
  const { processInput } = await import('@malla/settings');
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    env: processInput().env,
    cwd: process.cwd(),
    colors: process.stdout.isTTY === true,
    readStdin,
    now: () => new Date(),
    signal: interrupt.signal,
  };
}

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  terminal: realTerminal,
});
