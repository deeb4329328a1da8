// Gets one pinned file from the configured Python package sources and proves by its digest that it is the right one.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ACCEPT, findFile } from './index-page.mjs';

/** Milliseconds for one answer of an index, download included. */
const TIMEOUT_MS = 300_000;

/** Nothing that is configured has the file, or what it has is not the pinned one. `reasons` has a line per source. */
export class DownloadError extends Error {
  constructor(filename, reasons) {
    super(`${filename} could not be fetched:\n${reasons.map((reason) => `  - ${reason}`).join('\n')}`);
    this.name = 'DownloadError';
    this.reasons = reasons;
  }
}

/**
 * Fetches a file of a project. Folders are asked first, then each index in order.
 * @param {{project: string, filename: string, sha256: string}} wanted
 * @param {import('./pip-config.mjs').PackageSources} sources
 * @param {typeof globalThis.fetch} [fetch]
 * @returns {Promise<Buffer>} the bytes; throws DownloadError
 */
export async function download(wanted, sources, fetch = globalThis.fetch) {
  const attempts = [
    ...sources.folders.map((folder) => ({ place: folder, get: async () => fromFolder(folder, wanted) })),
    ...sources.indexes.map((index) => ({ place: redact(index), get: () => fromIndex(index, wanted, fetch) })),
  ];
  const reasons = [];
  for (const { place, get } of attempts) {
    try {
      const bytes = await get();
      if (!bytes) {
        reasons.push(`${place}: has no such file`);
        continue;
      }
      const digest = crypto.createHash('sha256').update(bytes).digest('hex');
      if (digest === wanted.sha256) return bytes;
      reasons.push(`${place}: sha256 is ${digest}, but ${wanted.sha256} is pinned; the file was not used`);
    } catch (error) {
      reasons.push(`${place}: ${describe(error)}`);
    }
  }
  if (attempts.length === 0) reasons.push('pip is configured with no-index and no folder of wheels');
  throw new DownloadError(wanted.filename, reasons);
}

function fromFolder(folder, { filename }) {
  const file = path.join(folder, filename);
  return fs.existsSync(file) ? fs.readFileSync(file) : undefined;
}

async function fromIndex(index, { project, filename }, fetch) {
  const { url, headers } = withoutCredentials(`${index}/${project}/`);
  const page = await request(fetch, url, { ...headers, accept: ACCEPT });
  if (page.status === 404) return undefined;
  const pageUrl = page.url || url;
  const link = findFile(
    { text: await page.text(), contentType: page.headers.get('content-type') ?? '', pageUrl },
    filename,
  );
  if (!link) return undefined;
  const file = withoutCredentials(link);
  // The index's credentials go to its own origin only, as pip does; a link may carry some of its own.
  const sameOrigin = new URL(file.url).origin === new URL(url).origin;
  const answer = await request(fetch, file.url, file.headers ?? (sameOrigin ? headers : undefined));
  if (answer.status === 404) return undefined;
  return Buffer.from(await answer.arrayBuffer());
}

async function request(fetch, url, headers) {
  const answer = await fetch(url, { headers: headers ?? {}, signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (answer.ok || answer.status === 404) return answer;
  throw new Error(`${redact(url)} answered ${answer.status} ${answer.statusText}`.trim());
}

/** `fetch` refuses addresses with a user in them: they become a Basic authorization header (RFC 7617). */
function withoutCredentials(address) {
  const url = new URL(address);
  if (!url.username && !url.password) return { url: url.href, headers: undefined };
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  return { url: url.href, headers: { authorization: `Basic ${Buffer.from(user).toString('base64')}` } };
}

/** An address that can be shown. */
function redact(address) {
  return address.replace(/\/\/[^@/]*@/, '//***@');
}

/** `fetch failed` hides what happened in its causes; the innermost one tells. */
function describe(error) {
  let inner = error;
  while (inner.cause instanceof Error) inner = inner.cause;
  const text = inner.message || inner.code || String(inner);
  return error.name === 'TimeoutError' ? 'no answer in time' : inner === error ? text : `out of reach (${text})`;
}
