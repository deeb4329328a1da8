import { chmodSync, renameSync, writeFileSync } from 'node:fs';
import { TemporaryFolder } from '@malla/testkit/kube';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { inClusterAccess } from './in-cluster.ts';
import { kubeAccess } from './kube-settings.ts';
import { kubeconfigAccess } from './kubeconfig.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('access to an API server', () => {
  let folder: TemporaryFolder;

  beforeEach(() => (folder = new TemporaryFolder('malla-kube-access-')));
  afterEach(() => folder[Symbol.dispose]());

  const write = (name: string, text: string): string => {
    writeFileSync(folder.join(name), text);
    return folder.join(name);
  };

  const config = (user: object, cluster: object = {}): string =>
    write(
      'config',
      stringify({
        'current-context': 'dev',
        contexts: [{ name: 'dev', context: { cluster: 'c', user: 'u', namespace: 'shop' } }],
        clusters: [{ name: 'c', cluster: { server: 'https://api.example:6443/', ...cluster } }],
        users: [{ name: 'u', user }],
      }),
    );

  it('reads a kubeconfig: data wins over files, files are beside it', async () => {
    write('client.pem', 'FILE');
    const user = { 'client-certificate': 'client.pem', 'client-key': 'client.pem', 'client-key-data': base64('DATA') };
    const cluster = { 'certificate-authority-data': base64('CA'), 'tls-server-name': 'kubernetes' };
    const access = kubeconfigAccess(config(user, cluster));
    expect([access.server, access.namespace]).toEqual(['https://api.example:6443', 'shop']);
    const first = await access.credentials();
    expect(first).toEqual({ tls: { ca: 'CA', cert: 'FILE', key: 'DATA', servername: 'kubernetes', verify: true } });
    expect((await access.credentials()).tls).toBe(first.tls);
    write('client.pem', 'RENEWED');
    expect((await access.credentials()).tls.cert).toBe('RENEWED');
  });

  it('reads token files again, and writes passwords as basic', async () => {
    write('token', 'one\n');
    const access = kubeconfigAccess(config({ tokenFile: 'token' }));
    expect((await access.credentials()).authorization).toBe('Bearer one');
    write('token', 'two\n');
    expect((await access.credentials()).authorization).toBe('Bearer two');
    const basic = kubeconfigAccess(config({ username: 'ann', password: 'pw' }));
    expect((await basic.credentials()).authorization).toBe(`Basic ${base64('ann:pw')}`);
  });

  it('asks a program for credentials, and again once they were refused', async () => {
    const script = write(
      'plugin',
      '#!/bin/sh\necho x >> count\nn=$(wc -l < count)\n' +
        'echo "{\\"kind\\":\\"ExecCredential\\",\\"status\\":{\\"token\\":\\"$SALT-$n\\"}}"\n',
    );
    chmodSync(script, 0o755);
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: './plugin',
      env: [{ name: 'SALT', value: 's' }],
    };
    const access = kubeconfigAccess(config({ exec }));
    expect((await access.credentials()).authorization).toBe('Bearer s-1');
    expect((await access.credentials()).authorization).toBe('Bearer s-1');
    access.refused();
    expect((await access.credentials()).authorization).toBe('Bearer s-2');
  });

  it.each([
    ['what is not supported', { 'auth-provider': { name: 'gcp' } }],
    ['impersonation', { as: 'root' }],
    ['an exec without a command', { exec: { apiVersion: 'client.authentication.k8s.io/v1' } }],
  ])('refuses %s', (_, user) => {
    expect(() => kubeconfigAccess(config(user))).toThrow(/kubeconfig .* is not usable/);
  });

  it('is a pod by its service account, whose token the kubelet replaces', async () => {
    let now = 0;
    for (const [name, text] of Object.entries({ token: 'one\n', 'ca.crt': 'CA', namespace: 'malla-system' }))
      write(name, text);
    const access = inClusterAccess({ host: '10.0.0.1', port: 443, folder: folder.path, now: () => now });
    expect([access.server, access.namespace]).toEqual(['https://10.0.0.1:443', 'malla-system']);
    expect((await access.credentials()).authorization).toBe('Bearer one');
    write('next', 'two\n');
    renameSync(folder.join('next'), folder.join('token'));
    now += 10_000;
    expect((await access.credentials()).authorization).toBe('Bearer two');
    expect(() => inClusterAccess({ folder: folder.join('none') })).toThrow(/no pod/);
  });

  it('is none when it is off', () => {
    expect(kubeAccess({ kubernetes: 'off', kubernetesHost: undefined, kubernetesPort: 443 })).toBeUndefined();
  });
});
