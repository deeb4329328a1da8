import { writeFileSync } from 'node:fs';
import { freePort } from '../network/free-ports.ts';
import { TestPki } from '../pki/test-pki.ts';
import type { TemporaryFolder } from '../temporary-folder.ts';
import type { BenchCase } from './bench-case.ts';
import { Child } from './child.ts';
import { identities } from './mesh-resources.ts';
import { withDescendants } from './process-usage.ts';
import type { ProxyUnderTest } from './proxy-under-test.ts';

/** Starts a proxy that is no mesh, in front of a backend: what C does without policies and statistics. Pairs are of haproxy only. */
export async function startPeer(name: 'nginx' | 'haproxy', params: PeerParams): Promise<ProxyUnderTest> {
  const port = await freePort();
  const children = params.bench.path === 'pair' ? await startPair(port, params) : [await startHop(name, port, params)];
  return {
    name,
    port,
    pids: () => children.flatMap((child) => withDescendants(child.pid)),
    [Symbol.asyncDispose]: async () => {
      for (const child of children) await child[Symbol.asyncDispose]();
    },
  };
}

interface PeerParams {
  readonly bench: BenchCase;
  readonly backend: number;
  readonly folder: TemporaryFolder;
}

function startHop(name: 'nginx' | 'haproxy', port: number, { bench, backend, folder }: PeerParams): Promise<Child> {
  const { workers } = bench;
  const tcp = bench.protocol === 'tcp';
  return name === 'nginx'
    ? start('nginx', port, folder, nginxConfig({ port, backend, folder: folder.path, workers }))
    : start('haproxy', port, folder, haproxyConfig({ port, backend, workers, tcp }));
}

/** Plain text in, mutual TLS between the two, plain text out; identities are checked by their chain alone. */
async function startPair(port: number, { bench, backend, folder }: PeerParams): Promise<readonly Child[]> {
  const pki = await TestPki.create();
  const between = await freePort();
  const roots = folder.join(`haproxy-${port}-roots.pem`);
  writeFileSync(roots, pki.rootPem);
  const common = { workers: bench.workers, tcp: bench.protocol === 'tcp' };
  const certificate = async (side: keyof typeof identities): Promise<string> => {
    const { chainPem, keyPem } = await pki.issue(identities[side]);
    const file = folder.join(`haproxy-${port}-${side}.pem`);
    writeFileSync(file, `${chainPem}\n${keyPem}`);
    return `ssl crt ${file} ca-file ${roots} verify required`;
  };
  const server = { ...common, port: between, backend, bindOptions: await certificate('server') };
  const client = { ...common, port, backend: between, serverOptions: await certificate('client') };
  return [
    await start('haproxy', between, folder, haproxyConfig(server)),
    await start('haproxy', port, folder, haproxyConfig(client)),
  ];
}

async function start(name: 'nginx' | 'haproxy', port: number, folder: TemporaryFolder, text: string): Promise<Child> {
  const config = folder.join(`${name}-${port}.conf`);
  writeFileSync(config, text);
  const child = new Child(
    name === 'nginx' ? ['nginx', '-c', config, '-p', folder.path] : ['haproxy', '-db', '-f', config],
  );
  await child.listening(port);
  return child;
}

interface ConfigParams {
  readonly port: number;
  readonly backend: number;
  readonly workers: number;
}

function nginxConfig({ port, backend, folder, workers }: ConfigParams & { readonly folder: string }): string {
  return `
daemon off; worker_processes ${workers}; pid ${folder}/nginx-${port}.pid; error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 100000000; keepalive_timeout 600s;
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  upstream app { server 127.0.0.1:${backend}; keepalive 64; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port} reuseport;
    location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffers 16 8k; }
  }
}
`;
}

interface HaproxyParams extends ConfigParams {
  readonly tcp: boolean;
  /** Of the side that accepts, and of the one that connects. */
  readonly bindOptions?: string;
  readonly serverOptions?: string;
}

function haproxyConfig({ port, backend, workers, tcp, bindOptions, serverOptions }: HaproxyParams): string {
  return `
global
  nbthread ${workers}
  maxconn 2000
defaults
  mode ${tcp ? 'tcp' : 'http'}
  timeout client 60s
  timeout server 60s
  timeout connect 5s
${tcp ? '' : '  http-reuse always\n'}
frontend in
  bind 127.0.0.1:${port} ${bindOptions ?? ''}
  default_backend app
backend app
  server app 127.0.0.1:${backend} ${serverOptions ?? ''}
`;
}
