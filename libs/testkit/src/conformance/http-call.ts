import { request } from 'node:http';
import { request as secureRequest, type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** A raw call: no redirects, no connection kept. */
export interface HttpCall {
  readonly port: number;
  readonly method: string;
  /** Sent as it is, not normalised. */
  readonly path: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent: plain text. Whatever certificate the server shows is taken. */
  readonly tls?: CallerTls;
}

/** TLS of a caller. */
export interface CallerTls {
  readonly serverName?: string;
  readonly certificate?: { readonly chainPem: string; readonly keyPem: string };
  readonly version?: '1.2' | '1.3';
  readonly cipherSuite?: string;
}

/** Status 0 when the connection ended without a response. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly elapsedMs: number;
  /** DNS name in the certificate that the server showed. */
  readonly serverCertificate?: string;
}

/** Makes a call to 127.0.0.1 on a connection of its own. */
export function call({ port, method, path, host, headers, tls }: HttpCall): Promise<HttpAnswer> {
  const start = performance.now();
  const elapsed = (): number => performance.now() - start;
  return new Promise((resolve) => {
    const failed = (): void => resolve({ status: 0, headers: {}, body: '', elapsedMs: elapsed() });
    const options = { host: '127.0.0.1', port, method, path, headers: { host, ...headers }, timeout: 10_000 };
    const send = tls === undefined ? request : secureRequest;
    const sent = send({ ...options, agent: false, ...(tls === undefined ? {} : tlsOptions(tls)) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', failed);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: joined(response.headersDistinct),
          body: Buffer.concat(chunks).toString(),
          elapsedMs: elapsed(),
          ...shownName(response.socket),
        }),
      );
    });
    sent.on('timeout', () => sent.destroy(new Error('timed out')));
    sent.on('error', failed);
    sent.end();
  });
}

function joined(headers: NodeJS.Dict<string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, (values ?? []).join(',')]));
}

function tlsOptions({ serverName, certificate, version, cipherSuite }: CallerTls): RequestOptions {
  return {
    rejectUnauthorized: false,
    // Empty: no server name, where Node would take the Host header.
    servername: serverName ?? '',
    ...(certificate && { cert: certificate.chainPem, key: certificate.keyPem }),
    ...(version && { minVersion: `TLSv${version}`, maxVersion: `TLSv${version}` }),
    ...(cipherSuite !== undefined && { ciphers: cipherSuite }),
  };
}

function shownName(socket: Socket): { readonly serverCertificate?: string } {
  if (!(socket instanceof TLSSocket)) return {};
  const name = /DNS:([^,]+)/.exec(socket.getPeerCertificate().subjectaltname ?? '')?.[1];
  return name === undefined ? {} : { serverCertificate: name };
}
