import { connect, type PeerCertificate } from 'node:tls';
import { SettableIdentity } from '@malla/grpc';
import { controlPlaneId } from '@malla/spiffe';
import { TestPki } from '@malla/testkit';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { RestParts } from './api.controller.ts';
import { RestServer } from './rest-server.ts';

describe('RestServer', () => {
  let server: RestServer | undefined;
  afterEach(() => server?.close());

  it('shows a new certificate to new connections without a restart', async () => {
    const pki = await TestPki.create();
    const issue = async () => {
      const { chainPem, keyPem } = await pki.issue(controlPlaneId('config-api', 'cluster.local'), ['localhost']);
      return { spiffeId: '', certificateChain: chainPem, privateKey: keyPem, roots: pki.rootPem, notAfter: 0 };
    };
    const tls = new SettableIdentity(await issue());
    server = await RestServer.start({
      parts: {} as RestParts,
      tls,
      host: '127.0.0.1',
      port: 0,
      logger: pino({ level: 'silent' }),
    });
    const { port } = server;
    const serial = () =>
      new Promise<string>((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port, ca: pki.rootPem, servername: 'localhost' }, () => {
          resolve((socket.getPeerCertificate() as PeerCertificate).serialNumber);
          socket.destroy();
        }).on('error', reject);
      });
    const before = await serial();
    expect(await serial()).toBe(before);
    tls.set(await issue());
    expect(await serial()).not.toBe(before);
  });
});
