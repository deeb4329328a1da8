// Runs npm and says in one sentence what went wrong when the registry is out of reach.
import { SetupError } from './report.mjs';
import { runQuietly } from './process.mjs';

const UNREACHABLE =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED|UNABLE_TO_\w+|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT)\b/;

/**
 * Runs npm with the context's environment; scripts of packages never run (set-up does what few of them are needed for).
 * @param {import('./context.mjs').SetupContext} context @param {string[]} args @param {string} what for the message
 */
export async function npm(context, args, what) {
  const quiet = [
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-update-notifier',
    '--loglevel=error',
    '--fetch-retry-maxtimeout=15000',
  ];
  const { code, output } = await runQuietly(['npm', ...args, ...quiet], { cwd: context.root, env: context.env });
  if (code === 0) return;
  if (code === 127) throw new SetupError(`${what}: npm was not found on PATH`, 'Install npm (it comes with Node.js).');
  throw new SetupError(`${what}: npm ended with code ${code}\n${indent(lastLines(output, 12))}`, adviceFor(output));
}

/** What a user can do about npm's output. */
export function adviceFor(output) {
  const reason = UNREACHABLE.exec(output)?.[1];
  if (reason) {
    return `The npm registry is out of reach (${reason}). It is needed once; \`npm config get registry\` shows which one. Set a registry, a proxy or "cafile" in ~/.npmrc, or go on line, and run the same command again.`;
  }
  if (/\bENOSPC\b/.test(output)) return 'The disk is full: about 1.5 GB are needed.';
  if (/\b(EACCES|EROFS|EPERM)\b/.test(output))
    return "A folder cannot be written: the checkout and npm's cache (`npm config get cache`) must be yours.";
  if (/\bE40[13]\b/.test(output))
    return 'The npm registry wants other credentials: see `npm config get registry` and ~/.npmrc.';
  return undefined;
}

function lastLines(text, count) {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

function indent(text) {
  return text.replace(/^/gm, '    ');
}
