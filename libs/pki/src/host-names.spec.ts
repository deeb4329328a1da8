import { describe, expect, it } from 'vitest';
import { hostNames } from './alt-names.ts';
import { checkCsr, createCsr, parseCsr } from './csr.ts';
import { generateKey } from './key-pair.ts';

const id = 'spiffe://cluster.local/ns/malla-system/sa/config-api';

describe('host names', () => {
  it('tell names from addresses, and write addresses raw', () => {
    const { dnsNames, ipAddresses } = hostNames(['localhost', '127.0.0.1', '::1', 'fd00::a:1', 'api.example.com']);
    expect(dnsNames).toEqual(['localhost', 'api.example.com']);
    expect(ipAddresses.map((each) => Buffer.from(each).toString('hex'))).toEqual([
      '7f000001',
      `${'0'.repeat(31)}1`,
      `fd00${'0'.repeat(20)}000a0001`,
    ]);
  });

  it('are granted only to callers who may have them', async () => {
    const parsed = parseCsr(await createCsr(await generateKey(), id, hostNames(['localhost', '::1'])));
    if (!parsed.ok) throw new Error(parsed.problem.message);
    expect(parsed.value.requested.altNames).toMatchObject({ uris: [id], dnsNames: ['localhost'] });
    expect(checkCsr(parsed.value, id)).toMatchObject({ ok: false, problem: { code: 'identity' } });
    expect(checkCsr(parsed.value, id, { hosts: true })).toMatchObject({ ok: true });
  });
});
