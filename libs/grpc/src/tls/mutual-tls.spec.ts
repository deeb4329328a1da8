import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChannelCredentials } from '@grpc/grpc-js';
import { createLogger } from '@malla/observability';
import {
  certificatesPem,
  createIssuer,
  createRoot,
  generateKey,
  issueLeaf,
  privateKeyPem,
  type Authority,
} from '@malla/pki';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openChannel } from '../client/channel.ts';
import { createClient } from '../client/create-client.ts';
import { GrpcServer } from '../server/grpc-server.ts';
import { HealthService } from '../server/health-service.ts';
import { anonymousChannelCredentials, channelCredentials, serverCredentials } from './credentials.ts';
import { SettableIdentity, type IdentityMaterial } from './identity-source.ts';
import { insecureChannel } from './insecure.ts';

const serverId = 'spiffe://cluster.local/ns/shop/sa/cart';
const clientId = 'spiffe://cluster.local/ns/shop/sa/web';
const hour = 3_600_000;
const logger = createLogger({ service: 'spec', level: 'silent' });

let ours: Mesh;
let theirs: Mesh;
let server: GrpcServer;
let identity: SettableIdentity;
const ports = { required: 0, optional: 0 };

interface Mesh {
  readonly root: Authority;
  readonly issuer: Authority;
}

async function newMesh(trustDomain: string): Promise<Mesh> {
  const long = { trustDomain, now: Date.now() - 24 * hour, ttlMs: 1_000 * hour };
  const root = await createRoot({ key: await generateKey(), ...long });
  return { root, issuer: await createIssuer({ key: await generateKey(), ...long, root }) };
}

/** What a client would show whose certificate came from a mesh. */
async function material(
  mesh: Mesh,
  spiffeId: string,
  life: { now?: number; ttlMs?: number } = {},
): Promise<IdentityMaterial> {
  const key = await generateKey();
  const leaf = await issueLeaf({
    issuer: mesh.issuer,
    spki: key.spki,
    spiffeId,
    now: life.now ?? Date.now(),
    ttlMs: life.ttlMs ?? hour,
  });
  return {
    spiffeId,
    certificateChain: certificatesPem(leaf, mesh.issuer.certificate),
    privateKey: privateKeyPem(key.privateKey),
    roots: certificatesPem(ours.root.certificate),
    notAfter: leaf.notAfter,
  };
}

/** Who the server takes a client for; `refused` if there is no call at all. */
async function seenAs(shown: IdentityMaterial | ChannelCredentials, clients: keyof typeof ports): Promise<string> {
  const credentials = 'spiffeId' in shown ? channelCredentials(new SettableIdentity(shown), [serverId]) : shown;
  const target = { host: '127.0.0.1', port: ports[clients] };
  const channel = openChannel({ target, credentials, options: { 'grpc.use_local_subchannel_pool': 1 } });
  try {
    const stream = createClient(HealthService, channel).watch({}, { timeoutMs: 5_000 });
    for await (const { status } of stream) return status === 1 ? (peers.at(-1) ?? 'nobody') : 'refused';
    return 'refused';
  } catch {
    return 'refused';
  } finally {
    channel.close();
  }
}

const peers: (string | undefined)[] = [];

beforeAll(async () => {
  ours = await newMesh('cluster.local');
  theirs = await newMesh('other.example');
  identity = new SettableIdentity(await material(ours, serverId));
  server = new GrpcServer({ name: 'spec', logger }).add(HealthService, {
    async watch(_request, stream) {
      peers.push(stream.peer);
      stream.send({ status: 1 });
    },
  });
  for (const clients of ['required', 'optional'] as const) {
    const credentials = serverCredentials(identity, clients);
    ports[clients] = await server.listen({ host: '127.0.0.1', port: 0, credentials, setting: 'X' });
  }
});

afterAll(() => server.close(100));

describe('mutual TLS', () => {
  it('knows a client by its SPIFFE id', async () => {
    const good = await material(ours, clientId);
    expect(await seenAs(good, 'required')).toBe(clientId);
    expect(await seenAs(good, 'optional')).toBe(clientId);
  });

  it.each([
    ['expired', () => material(ours, clientId, { now: Date.now() - 2 * hour, ttlMs: hour })],
    ['not yet valid', () => material(ours, clientId, { now: Date.now() + hour })],
    ['of another mesh', () => material(theirs, 'spiffe://other.example/ns/shop/sa/web')],
    ['of another mesh that claims our trust domain', () => material(theirs, clientId)],
    [
      'sent without its issuer',
      async () => {
        const whole = await material(ours, clientId);
        const [leaf = ''] = whole.certificateChain.split(/(?<=-----END CERTIFICATE-----\n)/);
        return { ...whole, certificateChain: leaf };
      },
    ],
    [
      'of the issuer itself',
      async () => ({
        ...(await material(ours, clientId)),
        certificateChain: certificatesPem(ours.issuer.certificate),
        privateKey: privateKeyPem(ours.issuer.key.privateKey),
      }),
    ],
  ])('takes a certificate that is %s for nobody', async (_name, make) => {
    const shown = await make();
    expect(await seenAs(shown, 'required')).toBe('refused');
    expect(await seenAs(shown, 'optional')).toBe('nobody');
  });

  it('serves clients without a certificate only where that is allowed, and never without TLS', async () => {
    const anonymous = anonymousChannelCredentials(certificatesPem(ours.root.certificate), [serverId]);
    expect(await seenAs(anonymous, 'required')).toBe('refused');
    expect(await seenAs(anonymous, 'optional')).toBe('nobody');
    expect(await seenAs(insecureChannel, 'required')).toBe('refused');
    expect(await seenAs(insecureChannel, 'optional')).toBe('refused');
  });

  it.skipIf(spawnSync('openssl', ['version']).error !== undefined)(
    'takes a certificate that names two for nobody',
    async () => {
      const dir = mkdtempSync(join(tmpdir(), 'malla-tls-'));
      const file = (name: string, content = ''): string => {
        writeFileSync(join(dir, name), content, { mode: 0o600 });
        return join(dir, name);
      };
      const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'ignore' });
      openssl(
        'req',
        '-new',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-subj',
        '/O=x',
        '-keyout',
        file('key'),
        '-out',
        file('csr'),
      );
      const extensions = file(
        'ext',
        `subjectAltName=URI:${clientId},URI:spiffe://cluster.local/ns/shop/sa/bank\nextendedKeyUsage=clientAuth\n`,
      );
      const by = [
        '-CA',
        file('ca', certificatesPem(ours.issuer.certificate)),
        '-CAkey',
        file('cakey', privateKeyPem(ours.issuer.key.privateKey)),
      ];
      openssl(
        'x509',
        '-req',
        '-in',
        join(dir, 'csr'),
        ...by,
        '-CAcreateserial',
        '-days',
        '1',
        '-extfile',
        extensions,
        '-out',
        file('cert'),
      );
      const shown = {
        ...(await material(ours, clientId)),
        certificateChain: readFileSync(join(dir, 'cert'), 'utf8') + certificatesPem(ours.issuer.certificate),
        privateKey: readFileSync(join(dir, 'key'), 'utf8'),
      };
      expect(await seenAs(shown, 'required')).toBe('nobody');
      rmSync(dir, { recursive: true });
    },
  );

  it('gives new connections the newest certificate and roots, on a server that never restarts', async () => {
    const good = await material(ours, clientId);
    const before = identity.current;
    if (before === undefined) throw new Error('no identity');
    identity.set(await material(ours, 'spiffe://cluster.local/ns/shop/sa/another'));
    expect(await seenAs(good, 'required')).toBe('refused');
    identity.set({ ...before, roots: certificatesPem(theirs.root.certificate) });
    expect(await seenAs(good, 'required')).toBe('refused');
    identity.set(before);
    expect(await seenAs(good, 'required')).toBe(clientId);
  });
});
