import { readFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { MallaError } from '@malla/model';
import { UsageError } from '../failure.ts';
import type { CommandInput } from '../command.ts';
import { withServer } from './connect.ts';
import { readProxies } from './proxy-status.ts';

/** Where answers of a proxy's admin API come from. */
export interface AdminSource {
  /** For messages: a file or an address. */
  readonly name: string;
  readonly isFile: boolean;
  /** Parsed JSON of an endpoint such as `config_dump`. */
  read(endpoint: string): Promise<unknown>;
}

interface AdminOptions {
  readonly file?: string;
  readonly admin?: string;
}

/** A file (-f), an address (--admin), or a proxy by name, whose address the control plane knows. */
export async function openAdmin(input: CommandInput<AdminOptions>): Promise<AdminSource> {
  const { args, options, terminal } = input;
  const ways = [args[0], options.file, options.admin].filter((w) => w !== undefined);
  if (ways.length !== 1)
    throw new UsageError('name a proxy (mallactl proxy-status lists them), or give --admin ADDRESS or -f FILE');
  if (options.file !== undefined) return fileSource(options.file, await textOf(options.file, input));
  const address = options.admin ?? (await adminOf(input, args[0] as string));
  return { name: address, isFile: false, read: (endpoint) => fetchJson(address, endpoint, terminal.signal) };
}

async function textOf(file: string, { terminal }: CommandInput<AdminOptions>): Promise<string> {
  if (file === '-') return terminal.readStdin();
  try {
    return readFileSync(path.resolve(terminal.cwd, file), 'utf8');
  } catch (thrown) {
    throw new MallaError('invalid', `cannot read ${file}: ${thrown instanceof Error ? thrown.message : ''}`);
  }
}

function fileSource(file: string, text: string): AdminSource {
  try {
    const json: unknown = JSON.parse(text);
    return { name: file, isFile: true, read: () => Promise.resolve(json) };
  } catch (thrown) {
    throw new MallaError(
      'invalid',
      `${file} is not JSON: save it with curl -s 127.0.0.1:15000/config_dump?include_eds`,
      { cause: thrown },
    );
  }
}

async function adminOf({ options, terminal }: CommandInput<AdminOptions>, name: string): Promise<string> {
  const { items } = await withServer(options, terminal, (client) => readProxies(client, name, options.namespace));
  const [proxy, ...others] = items;
  if (others.length > 0)
    throw new UsageError(
      `several proxies are called ${name}: ${items.map((p) => p.id).join(', ')}; choose one with -n`,
    );
  if (proxy?.admin === undefined)
    throw new MallaError('not_found', `proxy ${name} has no admin API; save its config dump and use -f`);
  const host = hostOf(proxy.admin);
  if (isLocal(host)) return proxy.admin;
  throw new MallaError(
    'not_found',
    `proxy ${name} is on another machine (${host}): run mallactl there, or save its config dump and use -f`,
  );
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '');
}

function isLocal(host: string): boolean {
  if (host === 'localhost' || host === '::1' || host.startsWith('127.')) return true;
  return Object.values(os.networkInterfaces()).some((list) => (list ?? []).some((n) => n.address === host));
}

const timeoutMs = 15_000;

function fetchJson(address: string, endpoint: string, signal: AbortSignal): Promise<unknown> {
  const out = (reason: string) =>
    new MallaError('unavailable', `cannot reach the proxy's admin API at ${address}: ${reason}`);
  return new Promise((resolve, reject) => {
    const sent = http.get(`http://${address}/${endpoint}`, { signal, timeout: timeoutMs }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error) => reject(out(error.message)));
      response.on('end', () => {
        try {
          if (response.statusCode !== 200) throw new Error(`it answered ${response.statusCode}`);
          resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
        } catch (thrown) {
          reject(out(thrown instanceof Error ? thrown.message : String(thrown)));
        }
      });
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    sent.on('error', (error) => reject(out(error.message || 'the connection failed')));
  });
}
