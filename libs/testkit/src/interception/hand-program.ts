// A process of its own inside a network namespace: serves and calls what its parent asks for, over Node's IPC channel.
import { request } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { EchoServer } from '../network/echo-server.ts';
import {
  orderTimeoutMs,
  type HandAnswer,
  type HandOrder,
  type HttpOrder,
  type NumberedAnswer,
  type NumberedOrder,
  type TcpOrder,
} from './hand-protocol.ts';

process.on('message', ({ id, order }: NumberedOrder) => {
  void carryOut(order)
    .catch((error: unknown): HandAnswer => ({ kind: 'failed', code: codeOf(error) }))
    .then((answer) => process.send?.({ id, answer } satisfies NumberedAnswer));
});
process.on('disconnect', () => process.exit(0));

async function carryOut(order: HandOrder): Promise<HandAnswer> {
  switch (order.kind) {
    case 'serve-http':
      await new EchoServer({ host: order.address, port: order.port, version: order.version }).start();
      return { kind: 'serving' };
    case 'serve-tcp':
      return serveBytes(order);
    case 'forward':
      return forward(order.port, order.path);
    case 'serve-tape':
      return serveTape(order);
    case 'read-tape':
      return { kind: 'bytes', text: Buffer.concat(tape).toString('latin1') };
    case 'http':
      return callHttp(order);
    case 'tcp':
      return callTcp(order);
  }
}

function serveBytes(order: Extract<HandOrder, { kind: 'serve-tcp' }>): Promise<HandAnswer> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => socket.write(`${order.version}:${chunk.toString()}`));
    if (order.greeting !== undefined) socket.write(order.greeting);
  });
  return listening(server, order.port, order.address);
}

function forward(port: number, path: string): Promise<HandAnswer> {
  const server = createServer((near) => {
    const far = connect({ path });
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    near.pipe(far).pipe(near);
  });
  return listening(server, port, '127.0.0.1');
}

const tape: Buffer[] = [];

function serveTape({ address, port, to }: Extract<HandOrder, { kind: 'serve-tape' }>): Promise<HandAnswer> {
  const server = createServer((near) => {
    const far = connect({ host: to.address, port: to.port });
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    for (const socket of [near, far]) socket.on('data', (chunk: Buffer) => tape.push(chunk));
    near.pipe(far).pipe(near);
  });
  return listening(server, port, address);
}

function listening(server: Server, port: number, address: string): Promise<HandAnswer> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => resolve({ kind: 'serving' }));
  });
}

function callHttp({ address, port, host, path = '/', headers = {} }: HttpOrder): Promise<HandAnswer> {
  return new Promise((resolve, reject) => {
    const options = { host: address, port, path, agent: false as const, headers: { ...headers, host } };
    const sent = request({ ...options, signal: AbortSignal.timeout(orderTimeoutMs) }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('error', reject);
      response.on('end', () => {
        const seen = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as const);
        resolve({ kind: 'response', status: response.statusCode ?? 0, headers: Object.fromEntries(seen), body });
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

function callTcp({ address, port, send }: TcpOrder): Promise<HandAnswer> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ host: address, port }, () => {
      if (send !== '') socket.write(send);
    });
    const timer = setTimeout(() => socket.destroy(new Error('timeout')), orderTimeoutMs);
    const finish = (text: string): void => {
      clearTimeout(timer);
      resolve({ kind: 'bytes', text });
      socket.destroy();
    };
    socket.once('data', (chunk: Buffer) => finish(chunk.toString()));
    socket.once('end', () => finish(''));
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

function codeOf(error: unknown): string {
  const { code, name, message } = error as NodeJS.ErrnoException;
  if (name === 'AbortError' || name === 'TimeoutError') return 'timeout';
  return code ?? message;
}
