import { describe, expect, it } from 'vitest';
import { run } from '../run.ts';

async function captureRules(...options: readonly string[]) {
  const printed = { out: '', err: '' };
  const output = {
    out: (text: string) => void (printed.out += text),
    err: (text: string) => void (printed.err += text),
  };
  const terminal = {
    ...output,
    env: {},
    cwd: '/',
    readStdin: () => Promise.resolve(''),
    now: () => new Date(0),
    signal: new AbortController().signal,
  };
  const code = await run(['capture-rules', ...options], { ...output, terminal: () => Promise.resolve(terminal) });
  return { code, ...printed };
}

describe('capture-rules', () => {
  it('prints rules for iptables-restore', async () => {
    const { code, out } = await captureRules('--proxy-user', '201', '--exclude-outbound-port', '5432');
    expect(code).toBe(0);
    expect(out).toMatch(/^\*nat\n[^]*\nCOMMIT\n$/);
    expect(out).toContain('--uid-owner 201');
    expect(out).toContain('-A ISTIO_OUTPUT -p tcp --dport 5432 -j RETURN');
    expect((await captureRules('--family', 'ipv6')).out).toContain('::1/128');
  });

  it.each([
    [['--family', 'ipx']],
    [['--proxy-user', 'envoy']],
    [['--exclude-inbound-port', 'ssh']],
    [['--exclude-outbound-range', '10.0.0.0']],
  ])('takes no wrong values: %j', async (options) => {
    expect(await captureRules(...options)).toMatchObject({ code: 64, out: '' });
  });
});
