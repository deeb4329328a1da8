import { describe, expect, it } from 'vitest';
import { virtualService, virtualServices, type Answer } from '../../test/running-config-api.ts';
import { suiteConfigApi } from '../../test/suite-config-api.ts';

const applyType = 'application/apply-patch+yaml';
const http = [{ route: [{ destination: { host: 'a' } }] }];
const services = '/api/v1/namespaces/default/services';

describe('server-side apply', () => {
  const config = suiteConfigApi();

  const apply = (name: string, manager: string, body: object, more = ''): Promise<Answer> =>
    config.rest.call('PATCH', `${virtualServices}/${name}?fieldManager=${manager}${more}`, {
      type: applyType,
      body: { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name }, ...body },
    });
  const managers = (answer: Answer): string[] =>
    (answer.body.metadata.managedFields ?? []).map(
      (entry: { manager: string; operation: string }) => `${entry.manager} ${entry.operation}`,
    );

  it('makes an object, changes nothing the second time, and removes what is left out', async () => {
    const route = [{ destination: { host: 'a' } }];
    const made = await apply('made', 'team', {
      metadata: { name: 'made', labels: { x: '1' } },
      spec: { hosts: ['a'], http: [{ route }] },
    });
    expect(made).toMatchObject({ status: 201, body: { metadata: { generation: 1 } } });
    expect(managers(made)).toEqual(['team Apply']);
    const again = await apply('made', 'team', {
      metadata: { name: 'made', labels: { x: '1' } },
      spec: { hosts: ['a'], http: [{ route }] },
    });
    expect(again.status).toBe(200);
    expect(again.body.metadata.resourceVersion).toBe(made.body.metadata.resourceVersion);
    const less = await apply('made', 'team', { spec: { hosts: ['a'], http: [{ route }] } });
    expect(less.body.metadata.labels).toBeUndefined();
  });

  it('answers a conflict with its causes, and takes over by force', async () => {
    await apply('shared', 'a', { spec: { hosts: ['a'], http, exportTo: ['.'] } });
    const refused = await apply('shared', 'b', { spec: { exportTo: ['*'] } });
    expect(refused).toMatchObject({
      status: 409,
      body: {
        reason: 'Conflict',
        message: 'Apply failed with 1 conflict: conflict with "a": .spec.exportTo',
        details: {
          causes: [{ reason: 'FieldManagerConflict', field: '.spec.exportTo', message: 'conflict with "a"' }],
        },
      },
    });
    const forced = await apply('shared', 'b', { spec: { exportTo: ['*'] } }, '&force=true');
    expect(forced.body.spec).toMatchObject({ hosts: ['a'], exportTo: ['*'] });
    expect(managers(forced)).toEqual(['a Apply', 'b Apply']);
    expect((await apply('shared', 'a', { spec: { hosts: ['a'], http, exportTo: ['.'] } })).status).toBe(409);
  });

  it('notes who creates, updates and patches, and merges lists by their keys', async () => {
    const body = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { ports: [{ port: 80, name: 'http' }] },
    };
    const created = await config.rest.post(`${services}?fieldManager=creator`, body);
    expect(managers(created)).toEqual(['creator Update']);
    const applied = await config.rest.call('PATCH', `${services}/web?fieldManager=team`, {
      type: applyType,
      body: { ...body, spec: { ports: [{ port: 81, name: 'grpc' }] } },
    });
    expect(applied.body.spec.ports.map(({ port }: { port: number }) => port)).toEqual([80, 81]);
    const patched = await config.rest.call('PATCH', `${services}/web?fieldManager=labeller`, {
      type: 'application/merge-patch+json',
      body: { metadata: { labels: { tier: 'web' } } },
    });
    expect(managers(patched)).toEqual(['team Apply', 'creator Update', 'labeller Update']);
    const withdrawn = await config.rest.call('PATCH', `${services}/web?fieldManager=team`, {
      type: applyType,
      body: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } },
    });
    expect(withdrawn.body.spec.ports.map(({ port }: { port: number }) => port)).toEqual([80]);
  });

  it('keeps managers through writers who do not know of them, and forgets them on demand', async () => {
    const made = await apply('kept', 'team', { spec: { hosts: ['a'], http } });
    const { managedFields: _, ...metadata } = made.body.metadata;
    const replaced = await config.rest.put(`${virtualServices}/kept`, {
      ...made.body,
      metadata: { ...metadata, labels: { x: '1' } },
    });
    expect(managers(replaced)).toEqual(['team Apply', 'unknown Update']);
    const reset = await config.rest.patch(`${virtualServices}/kept`, 'application/merge-patch+json', {
      metadata: { managedFields: [{}] },
    });
    expect(managers(reset)).toEqual([]);
  });

  it('applies the status for itself', async () => {
    await config.rest.post(virtualServices, virtualService('told'));
    const conditions = [{ type: 'Ready', status: 'True' }];
    const applied = await config.rest.call('PATCH', `${virtualServices}/told/status?fieldManager=controller`, {
      type: applyType,
      body: {
        apiVersion: 'networking.istio.io/v1',
        kind: 'VirtualService',
        metadata: { name: 'told' },
        spec: { hosts: ['other'] },
        status: { conditions },
      },
    });
    expect(applied).toMatchObject({
      status: 200,
      body: { spec: { hosts: ['told'] }, status: { conditions: [{ type: 'Ready' }] }, metadata: { generation: 1 } },
    });
    expect(applied.body.metadata.managedFields.at(0)).toMatchObject({ manager: 'controller', subresource: 'status' });
    const replaced = await config.rest.put(`${virtualServices}/told`, {
      ...virtualService('told', { weight: 100 }),
      status: {},
    });
    expect(replaced.body.status.conditions).toMatchObject(conditions);
    const put = await config.rest.put(`${virtualServices}/told/status`, {
      ...virtualService('other'),
      metadata: { name: 'told' },
      status: {},
    });
    expect(put.body).toMatchObject({ spec: { hosts: ['told'] }, status: {} });
  });

  it('refuses what cannot be applied', async () => {
    const send = (name: string, body: object, query = '?fieldManager=x'): Promise<Answer> =>
      config.rest.call('PATCH', `${virtualServices}/${name}${query}`, { type: applyType, body });
    const base = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name: 'r' } };
    expect(await send('r', { ...base, spec: { hosts: 1 } })).toMatchObject({ status: 422 });
    expect(await send('r', { ...base, metadata: { name: 'r', managedFields: [{}] } })).toMatchObject({ status: 400 });
    expect(await send('r', { ...base, kind: 'Service' })).toMatchObject({ status: 400 });
    expect(await send('r', base, '')).toMatchObject({ status: 422, body: { reason: 'Invalid' } });
    expect(await send('r', { ...base, metadata: { name: 'r', uid: 'x' } })).toMatchObject({ status: 404 });
    await send('r', { ...base, spec: { hosts: ['a'], http } });
    expect(
      await send('r', { ...base, metadata: { name: 'r', resourceVersion: '1' }, spec: { hosts: ['b'], http } }),
    ).toMatchObject({ status: 409 });
    const dry = await send('r', { ...base, spec: { hosts: ['b'], http } }, '?fieldManager=x&dryRun=All');
    expect(dry).toMatchObject({ status: 200, body: { spec: { hosts: ['b'] } } });
    expect((await config.rest.get(`${virtualServices}/r`)).body.spec.hosts).toEqual(['a']);
  });

  it('answers odd bodies with what is wrong', async () => {
    await config.rest.post(virtualServices, virtualService('odd'));
    const deep = `{"apiVersion":"networking.istio.io/v1","kind":"VirtualService","metadata":{"name":"odd"},"spec":${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}}`;
    const applied = await config.rest.call('PATCH', `${virtualServices}/odd?fieldManager=x`, {
      type: applyType,
      body: deep,
    });
    expect([400, 422]).toContain(applied.status);
    const whole = [{ op: 'replace', path: '', value: 1 }];
    const nothing = [{ op: 'replace', path: '/metadata', value: null }];
    for (const patch of [whole, nothing])
      for (const path of [`${virtualServices}/odd/status`, `${virtualServices}/odd`]) {
        const answer = await config.rest.patch(path, 'application/json-patch+json', patch);
        expect([400, 422]).toContain(answer.status);
      }
    const lists = { metadata: { name: 'odd', finalizers: 'x', labels: ['a'], ownerReferences: [{}, {}] } };
    expect([400, 422]).toContain((await apply('odd', 'x', lists)).status);
  });

  it('drops unknown fields only where the caller asks for it', async () => {
    const body = {
      ...virtualService('loose'),
      spec: { hosts: ['a'], surprise: 1, http: [{ nested: true, route: [{ destination: { host: 'a' } }] }] },
    };
    expect(await config.rest.post(virtualServices, body)).toMatchObject({ status: 422 });
    const warned = await config.rest.post(`${virtualServices}?fieldValidation=Warn&dryRun=All`, body);
    expect(warned.status).toBe(201);
    expect(String(warned.headers['warning'])).toMatch(
      /unknown field \\"spec\.http\[0\]\.nested\\"[^]*unknown field \\"spec\.surprise\\"/,
    );
    expect(warned.body.spec).not.toHaveProperty('surprise');
    const ignored = await config.rest.post(`${virtualServices}?fieldValidation=Ignore&dryRun=All`, body);
    expect(ignored).toMatchObject({ status: 201 });
    expect(String(ignored.headers['warning'])).not.toContain('surprise');
    expect(await config.rest.post(`${virtualServices}?fieldValidation=Maybe`, body)).toMatchObject({ status: 400 });
  });
});
