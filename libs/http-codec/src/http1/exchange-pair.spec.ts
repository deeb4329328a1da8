import { describe, expect, it } from 'vitest';
import { MemoryTransport } from '../../test/http1/memory-transport.ts';
import { HeaderList } from '../headers.ts';
import { fieldText, Recorder, requestHead, responseHead, TestClient, TestServer } from '../../test/http1/fixtures.ts';
import type { Http1ServerOptions } from './options.ts';

function connect(options: Partial<Http1ServerOptions> = {}, pieceSize = 64 * 1024) {
  const [near, far] = MemoryTransport.pair();
  near.pieceSize = pieceSize;
  far.pieceSize = pieceSize;
  const client = new TestClient({ enableTrailers: true }, near);
  const server = new TestServer({ enableTrailers: true, ...options }, far);
  return { client, server, run: () => MemoryTransport.run(near, far) };
}

describe('a client and a server of HTTP/1.1', () => {
  it('use one connection for one request after the other', () => {
    const { client, server, run } = connect();
    server.answer = ({ exchange, head }) => {
      exchange.sendHead(responseHead(200, ['content-type', 'text/plain']), false);
      exchange.sendData(Buffer.from(head.path), true);
    };
    for (const path of ['/1', '/2', '/3']) {
      const response = client.get({ path });
      run();
      expect(response.body).toBe(path);
      expect(response.ended).toBe(true);
    }
    expect(client.available).toBe(3);
    expect(server.transport.writes).toBe(3);
    expect(server.idle).toEqual([false, true, false, true, false, true]);
  });

  it.each([1, 7, 64 * 1024])('carry bodies with trailers both ways in pieces of %i bytes', (pieceSize) => {
    const { client, server, run } = connect({}, pieceSize);
    const body = 'x'.repeat(3000);
    server.answer = ({ exchange, received }) => {
      received.onEnd = () => {
        exchange.sendHead(responseHead(200), false);
        exchange.sendData(Buffer.from(received.body.slice(0, 10)), false);
        exchange.sendData(Buffer.from(received.body.slice(10)), false);
        exchange.sendTrailers(HeaderList.of(['x-sum', '1']));
      };
    };
    const response = new Recorder();
    const exchange = client.connection.open(response);
    exchange.sendHead(requestHead({ method: 'POST' }), false);
    exchange.sendData(Buffer.from(body), false);
    exchange.sendTrailers(HeaderList.of(['x-request-sum', '2']));
    run();
    expect(response.body).toBe(body);
    expect(response.events.at(-1)).toBe('trailers x-sum=1');
    expect(server.last.received.events).toEqual(['trailers x-request-sum=2']);
    expect(client.connection.capacity).toBe(1);
  });

  it('become a tunnel with 101', () => {
    const { client, server, run } = connect();
    const response = new Recorder();
    const exchange = client.connection.open(response);
    exchange.sendHead(requestHead({ upgrade: 'websocket' }), false);
    expect(exchange.sendData(Buffer.from('early'), false)).toBe(false);
    run();
    expect(server.last.head.upgrade).toBe('websocket');
    server.last.exchange.sendHead(responseHead(101, ['sec-websocket-accept', 'k']), false);
    server.last.exchange.sendData(Buffer.from('from server'), false);
    run();
    expect(response.events).toEqual(['head 101 sec-websocket-accept=k']);
    expect(response.body).toBe('from server');
    expect(response.writable).toBe(1);
    expect(server.last.received.body).toBe('early');
    exchange.sendData(Buffer.from(', bye'), true);
    run();
    expect(server.last.received.body).toBe('early, bye');
    expect(server.last.received.ended).toBe(true);
    server.last.exchange.sendData(Buffer.from('.'), true);
    run();
    expect(response.ended).toBe(true);
    expect([client.closed, server.closed]).toEqual([1, 1]);
  });

  it('end after a refused upgrade, because bytes for the tunnel may be under way', () => {
    const { client, server, run } = connect();
    const response = new Recorder();
    client.connection.open(response).sendHead(requestHead({ upgrade: 'websocket' }), false);
    run();
    server.last.exchange.sendHead(responseHead(403), true);
    run();
    expect(response.events).toEqual(['head 403 content-length=0']);
    expect([client.closed, server.closed]).toEqual([1, 1]);
  });

  it('connect to a name by CONNECT', () => {
    const { client, server, run } = connect();
    const response = new Recorder();
    client.connection
      .open(response)
      .sendHead(requestHead({ method: 'CONNECT', authority: 'b.test:443', path: '' }), false);
    run();
    expect(server.last.head).toMatchObject({ method: 'CONNECT', authority: 'b.test:443', path: '' });
    server.last.exchange.sendHead(responseHead(200), false);
    server.last.exchange.sendData(Buffer.from('raw'), false);
    run();
    expect(response.body).toBe('raw');
  });

  it('tell interim responses', () => {
    const { client, server, run } = connect();
    const response = new Recorder();
    const exchange = client.connection.open(response);
    exchange.sendHead(
      requestHead({ method: 'PUT', headers: HeaderList.of(['expect', '100-continue'], ['content-length', '2']) }),
      false,
    );
    run();
    expect(server.last.head.expectsContinue).toBe(true);
    server.last.exchange.sendInformational(responseHead(100));
    server.last.exchange.sendInformational(responseHead(103, ['link', '</a>']));
    run();
    expect(response.events).toEqual(['interim 100 ', 'interim 103 link=</a>']);
    exchange.sendData(Buffer.from('ok'), true);
    run();
    server.last.exchange.sendHead(responseHead(204), true);
    run();
    expect(response.ended).toBe(true);
    expect(fieldText(response.heads.at(-1)?.headers as HeaderList)).toBe('');
    expect(client.connection.capacity).toBe(1);
  });
});
