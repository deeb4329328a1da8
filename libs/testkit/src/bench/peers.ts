import { writeFileSync } from 'node:fs';
import { freePort } from '../network/free-ports.ts';
import type { TemporaryFolder } from '../temporary-folder.ts';
import type { BenchCase } from './bench-case.ts';
import { Child } from './child.ts';
import { withDescendants } from './process-usage.ts';
import type { ProxyUnderTest } from './proxy-under-test.ts';

/** Starts a proxy that is no mesh, in front of a backend: what C does without TLS, policies and statistics. */
export async function startPeer(
  name: 'nginx' | 'haproxy',
  { bench, backend, folder }: { bench: BenchCase; backend: number; folder: TemporaryFolder },
): Promise<ProxyUnderTest> {
  const port = await freePort();
  const config = folder.join(`${name}-${port}.conf`);
  const params = { port, backend, folder: folder.path, workers: bench.workers, tcp: bench.protocol === 'tcp' };
  writeFileSync(config, name === 'nginx' ? nginxConfig(params) : haproxyConfig(params));
  const child = new Child(
    name === 'nginx' ? ['nginx', '-c', config, '-p', folder.path] : ['haproxy', '-db', '-f', config],
  );
  await child.listening(port);
  return {
    name,
    port,
    pids: () => withDescendants(child.pid),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

interface ConfigParams {
  readonly port: number;
  readonly backend: number;
  readonly folder: string;
  readonly workers: number;
  readonly tcp: boolean;
}

function nginxConfig({ port, backend, folder, workers }: ConfigParams): string {
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

function haproxyConfig({ port, backend, workers, tcp }: ConfigParams): string {
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
  bind 127.0.0.1:${port}
  default_backend app
backend app
  server app 127.0.0.1:${backend}
`;
}
