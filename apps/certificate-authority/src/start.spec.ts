import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AuthorityProcess, buildAuthority } from '../test/authority-process.ts';
import { TestAuthority } from '../test/running-authority.ts';

let authority: TestAuthority;

beforeEach(async () => {
  authority = await TestAuthority.create();
});

afterEach(() => authority.close());

async function occupy(port: number): Promise<() => Promise<unknown>> {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(port, '127.0.0.1', resolve));
  return () => new Promise((resolve) => blocker.close(resolve));
}

describe('the key store', () => {
  it('is closed to others from the first start', async () => {
    await authority.start();
    const mode = (path: string): number => statSync(join(authority.keyDir, path)).mode & 0o777;
    for (const folder of ['.', 'bootstrap']) expect(mode(folder)).toBe(0o700);
    const files = ['root.pem', 'issuer.pem', 'token-key.pem', 'authority.json', 'bootstrap/discovery.token'];
    for (const file of files) expect(mode(file)).toBe(0o600);
  });

  it('hands over roots and first tokens, and no key, in another folder', async () => {
    const handover = join(authority.keyDir, '..', 'handover');
    await authority.start({ MALLA_HANDOVER_DIR: handover });
    const read = (file: string): string => readFileSync(join(handover, file), 'utf8');
    expect(read('root-cert.pem')).toBe(authority.roots());
    expect(read('bootstrap/discovery.token')).toBe(
      readFileSync(join(authority.keyDir, 'bootstrap/discovery.token'), 'utf8'),
    );
    const mode = (file: string): number => statSync(join(handover, file)).mode & 0o777;
    expect([mode('root-cert.pem'), mode('bootstrap'), mode('bootstrap/discovery.token')]).toEqual([
      0o644, 0o700, 0o600,
    ]);
    expect(readdirSync(handover).sort()).toEqual(['bootstrap', 'root-cert.pem']);
  });

  it('is refused if it is open, damaged, incomplete or of another trust domain', async () => {
    await authority.start();
    await authority.stop();
    const { keyDir } = authority;
    chmodSync(keyDir, 0o755);
    await expect(authority.start()).rejects.toThrow(`run chmod 700 ${keyDir}`);
    chmodSync(keyDir, 0o700);
    chmodSync(join(keyDir, 'root.pem'), 0o644);
    await expect(authority.start()).rejects.toThrow(`run chmod 600 ${join(keyDir, 'root.pem')}`);
    chmodSync(join(keyDir, 'root.pem'), 0o600);
    await expect(authority.start({ MALLA_TRUST_DOMAIN: 'other.example' })).rejects.toThrow(
      'MALLA_TRUST_DOMAIN=cluster.local',
    );
    const issuer = readFileSync(join(keyDir, 'issuer.pem'));
    writeFileSync(join(keyDir, 'issuer.pem'), issuer.subarray(0, 200));
    await expect(authority.start()).rejects.toThrow('restore');
    writeFileSync(join(keyDir, 'issuer.pem'), issuer);
    const state = readFileSync(join(keyDir, 'authority.json'));
    rmSync(join(keyDir, 'authority.json'));
    await expect(authority.start()).rejects.toThrow('it is missing, but roots were given out');
    writeFileSync(join(keyDir, 'authority.json'), state, { mode: 0o600 });
    await authority.start();
  });

  it('is made anew if a first start was cut short', async () => {
    await authority.start();
    const before = authority.roots();
    await authority.stop();
    for (const file of ['authority.json', 'root-cert.pem']) rmSync(join(authority.keyDir, file));
    await authority.start();
    expect(authority.roots()).not.toBe(before);
  });
});

describe('settings', () => {
  it('are refused if they do not fit together', async () => {
    await expect(authority.start({ MALLA_ISSUER_TTL: '1h' })).rejects.toThrow('MALLA_ISSUER_TTL');
    await expect(authority.start({ MALLA_TRUST_DOMAIN: 'Bad Domain' })).rejects.toMatchObject({ code: 'invalid' });
    await expect(authority.start({ MALLA_JOIN_TOKEN_TTL: '25h' })).rejects.toThrow('MALLA_JOIN_TOKEN_TTL');
  });
});

describe('as a process', () => {
  beforeAll(buildAuthority);

  it('keeps its root through kill -9, and ends well on SIGTERM', async () => {
    const first = new AuthorityProcess(authority.env());
    await first.started();
    const root = authority.roots();
    await first.end('SIGKILL');
    const second = new AuthorityProcess(authority.env());
    await second.started();
    expect(authority.roots()).toBe(root);
    expect(await second.end('SIGTERM')).toBe(0);
  });

  it('says in one line which port is taken and which setting mends it', async () => {
    const free = await occupy(authority.port);
    const failing = new AuthorityProcess({ ...authority.env(), MALLA_LOG_LEVEL: 'silent' });
    expect(await failing.exitCode()).toBe(1);
    expect(failing.output).toBe(
      `certificate-authority: the gRPC server of certificate-authority cannot listen on 127.0.0.1:${authority.port}: ` +
        'the port is taken; stop the other program or set MALLA_GRPC_PORT\n',
    );
    await free();
  });

  it('prints help, and every bad setting at once', async () => {
    const help = new AuthorityProcess({}, ['--help']);
    expect(await help.exitCode()).toBe(0);
    expect(help.output).toContain('--workload-cert-ttl  (MALLA_WORKLOAD_CERT_TTL)');
    const bad = new AuthorityProcess({ ...authority.env(), MALLA_GRPC_PORT: 'x' }, ['--csr-per-minute=-1']);
    expect(await bad.exitCode()).toBe(2);
    expect(bad.output.trim().split('\n')).toEqual([
      'certificate-authority: MALLA_GRPC_PORT: must be a whole number',
      'certificate-authority: --csr-per-minute: must be at least 0',
    ]);
    expect(existsSync(authority.keyDir)).toBe(false);
  });
});
