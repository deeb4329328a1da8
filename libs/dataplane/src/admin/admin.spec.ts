import { request } from 'node:http';
import { freePort } from '@malla/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { StatsStore } from '../stats/stats-store.ts';
import { AdminServer } from './admin-server.ts';
import { queryDump } from './dump-query.ts';

describe('AdminServer', () => {
  let server: AdminServer | undefined;
  let quits = 0;
  afterEach(() => server?.close());

  async function start(): Promise<number> {
    quits = 0;
    const port = await freePort();
    server = new AdminServer(
      [
        { path: '/ready', help: '', answer: () => ({ body: 'LIVE\n' }) },
        { path: '/certs', help: '', answer: () => ({ json: true, body: '{}' }) },
        {
          path: '/quitquitquit',
          help: '',
          post: true,
          answer: () => {
            quits++;
            return { body: 'OK\n' };
          },
        },
      ],
      new StatsStore().root,
    );
    await server.listen({ kind: 'tcp', address: '127.0.0.1', port });
    return port;
  }

  function ask(port: number, path: string, { method = 'GET', host = `127.0.0.1:${port}` } = {}): Promise<number> {
    return new Promise((resolve, reject) => {
      const sent = request({ port, path, method, headers: { host }, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  it('changes something by POST only', async () => {
    const port = await start();
    expect(await ask(port, '/quitquitquit')).toBe(405);
    expect(quits).toBe(0);
    expect(await ask(port, '/quitquitquit', { method: 'POST' })).toBe(200);
    expect(quits).toBe(1);
    expect(await ask(port, '/nothing')).toBe(404);
  });

  it('answers to loopback names only, besides what a listener may lead to', async () => {
    const port = await start();
    expect(await ask(port, '/certs', { host: 'evil.example:80' })).toBe(403);
    expect(await ask(port, '/quitquitquit', { host: 'evil.example', method: 'POST' })).toBe(403);
    expect(quits).toBe(0);
    expect(await ask(port, '/ready', { host: 'web.example' })).toBe(200);
    expect(await ask(port, '/certs', { host: 'localhost' })).toBe(200);
  });

  it('does not open where others could reach it', async () => {
    server = new AdminServer([], new StatsStore().root);
    await expect(server.listen({ kind: 'tcp', address: '0.0.0.0', port: 1 })).rejects.toThrow('loopback');
  });
});

describe('queryDump', () => {
  const clusters = {
    '@type': 'type.googleapis.com/envoy.admin.v3.ClustersConfigDump',
    version_info: '1',
    dynamic_active_clusters: [
      { version_info: '1', cluster: { name: 'a', type: 'EDS' } },
      { version_info: '2', cluster: { name: 'b', type: 'STATIC' } },
    ],
  };
  const ask = (text: string) => queryDump([clusters], new URLSearchParams(text));

  it('gives the entries of one list, with their type', () => {
    expect(ask('resource=dynamic_active_clusters&name_regex=a')).toEqual({
      configs: [
        {
          '@type': 'type.googleapis.com/envoy.admin.v3.ClustersConfigDump.DynamicCluster',
          version_info: '1',
          cluster: { name: 'a', type: 'EDS' },
        },
      ],
    });
  });

  it('keeps what a mask names', () => {
    expect(ask('resource=dynamic_active_clusters&mask=cluster.name')).toMatchObject({
      configs: [{ cluster: { name: 'a' } }, { cluster: { name: 'b' } }],
    });
    expect(JSON.stringify(ask('resource=dynamic_active_clusters&mask=cluster.name'))).not.toContain('EDS');
  });

  it('says what is not there', () => {
    expect(ask('resource=nonsense')).toMatchObject({ status: 404 });
    expect(ask('resource=version_info')).toMatchObject({ status: 400 });
    expect(ask('resource=dynamic_listeners')).toEqual({ configs: [] });
  });
});
