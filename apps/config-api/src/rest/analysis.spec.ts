import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningConfigApi, TestMesh, virtualServices } from '../../test/running-config-api.ts';

let mesh: TestMesh;
let api: RunningConfigApi;
beforeAll(async () => {
  mesh = await TestMesh.create();
  api = await RunningConfigApi.start(mesh);
});
afterAll(async () => {
  await api?.close();
  await mesh?.remove();
});

const route = (name: string, host: string, gateway: string) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name, namespace: 'default' },
  spec: {
    hosts: [`${name}.example.com`],
    gateways: [gateway],
    http: [{ route: [{ destination: { host, port: { number: 80 } } }] }],
  },
});
const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] },
};

/** The real command line, from its source, with the administrator's kubeconfig. */
async function mallactl(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const main = resolve(import.meta.dirname, '../../../mallactl/src/main.ts');
  const node = ['--conditions=@malla/source', '--experimental-transform-types', '--no-warnings', main, ...args];
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: mesh.folder,
    KUBECONFIG: join(mesh.folder, 'one', 'kubeconfig'),
  };
  return promisify(execFile)(process.execPath, node, { env, cwd: mesh.folder }).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      out: stdout,
      err: stderr,
    }),
  );
}

describe('findings', () => {
  it('are warnings of the write that makes them, and of no other', async () => {
    await api.rest.post('/api/v1/namespaces/default/services', service);
    const written = await api.rest.post(virtualServices, route('front', 'gone', 'edge'));
    expect(written.status).toBe(201);
    const warning = String(written.headers['warning']);
    expect(warning).toContain('(IST0101)');
    expect(warning).toContain('spec.gateways[0]');
    const other = await api.rest.post(virtualServices, route('back', 'web', 'mesh'));
    expect(String(other.headers['warning'] ?? '')).not.toContain('IST0101');
  });

  it('stand in the status, as Istio has it, until they are mended', async () => {
    const path = `${virtualServices}/front`;
    const { status } = (await api.rest.get(`${path}/status`)).body;
    expect(status.validationMessages).toContainEqual({
      type: { name: 'ReferencedResourceNotFound', code: 'IST0101' },
      level: 'ERROR',
      documentationUrl: 'https://istio.io/latest/docs/reference/config/analysis/ist0101/',
    });
    expect(status.conditions).toContainEqual(
      expect.objectContaining({ type: 'PassedAnalysis', status: 'False', reason: 'Findings' }),
    );
    await api.rest.put(path, route('front', 'web', 'mesh'));
    const mended = (await api.rest.get(`${path}/status`)).body.status;
    expect(JSON.stringify(mended.validationMessages)).not.toContain('IST0101');
    await api.rest.put(path, route('front', 'gone', 'edge'));
  });

  it('are a column of wide tables', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const { body } = await api.rest.get(virtualServices, { accept });
    const column = body.columnDefinitions.findIndex((c: { name: string }) => c.name === 'Findings');
    expect(body.columnDefinitions[column]).toMatchObject({ priority: 1, type: 'string' });
    const row = body.rows.find((r: { object: { metadata: { name: string } } }) => r.object.metadata.name === 'front');
    expect(row.cells[column].split(',')).toContain('IST0101');
  });
});

describe('mallactl analyze', () => {
  it('tells what is wrong with what the server has', async () => {
    const ran = await mallactl('analyze', '-A');
    expect(ran.code).toBe(79);
    expect(ran.out).toContain('Error [IST0101] (VirtualService default/front) the gateway "edge" is not found');
    expect(ran.out).not.toContain('[IST0101] (VirtualService default/back)');
  });

  it('takes files as if they were applied', async () => {
    const mended = route('front', 'web', 'mesh');
    writeFileSync(join(mesh.folder, 'mended.json'), JSON.stringify({ ...mended, metadata: { name: 'front' } }));
    const ran = await mallactl('analyze', 'mended.json', '--suppress', 'MAL0105=*');
    expect(ran).toMatchObject({ code: 0, out: '' });
    expect((await mallactl('analyze', '-n', 'nowhere')).err).toContain('namespace "nowhere" not found');
  });
});
