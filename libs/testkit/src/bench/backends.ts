import { mkdirSync, writeFileSync } from 'node:fs';
import type { TemporaryFolder } from '../temporary-folder.ts';
import { freePorts } from '../network/free-ports.ts';
import { Child } from './child.ts';

/** Applications behind the proxies; fast, so that they are not what is measured. */
export interface Backends extends AsyncDisposable {
  /** HTTP/1.1: `/small` (1 KiB), `/large` (64 KiB). */
  readonly http1: number;
  /** HTTP/2 in plain text with the same files, and `/grpc`: an empty gRPC message with its trailers. */
  readonly http2: number;
}

/** nginx for HTTP/1.1, nghttpd for HTTP/2. */
export async function startBackends(folder: TemporaryFolder): Promise<Backends> {
  const root = folder.join('www');
  mkdirSync(root);
  writeFileSync(folder.join('www', 'small'), 'x'.repeat(1_024));
  writeFileSync(folder.join('www', 'large'), 'x'.repeat(64 * 1_024));
  // A gRPC message: not compressed, of length 0.
  writeFileSync(folder.join('www', 'grpc'), Buffer.alloc(5));
  writeFileSync(folder.join('grpc-body'), Buffer.alloc(5));
  const [http1, http2] = (await freePorts(2)) as [number, number];
  const config = folder.join('backend.conf');
  writeFileSync(config, nginxConfig(folder.path, http1));
  const nginx = new Child(['nginx', '-c', config, '-p', folder.path]);
  const nghttpd = new Child(['nghttpd', '--no-tls', '-d', root, '--trailer', 'grpc-status: 0', String(http2)]);
  await nginx.listening(http1);
  await nghttpd.listening(http2);
  return {
    http1,
    http2,
    [Symbol.asyncDispose]: async () => {
      await nginx[Symbol.asyncDispose]();
      await nghttpd[Symbol.asyncDispose]();
    },
  };
}

function nginxConfig(folder: string, port: number): string {
  return `
daemon off; master_process off; worker_processes 1; pid ${folder}/backend.pid; error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; tcp_nopush off; keepalive_requests 100000000; keepalive_timeout 600s;
  open_file_cache max=10; default_type text/plain;
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  server { listen 127.0.0.1:${port}; root ${folder}/www; }
}
`;
}
