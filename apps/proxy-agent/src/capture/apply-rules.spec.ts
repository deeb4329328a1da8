import { captureRules } from '@malla/inject';
import { describe, expect, it } from 'vitest';
import { applyRules, familiesOf, type RunProgram } from './apply-rules.ts';

/** Programs that a kernel lets work; the others fail. Records what was run. */
function kernel(...working: readonly string[]) {
  const ran: { command: string; input: string }[] = [];
  const run: RunProgram = (file, args, input = '') => {
    ran.push({ command: [file, ...args].join(' '), input });
    return working.includes(file) ? {} : { failure: 'not supported' };
  };
  return { run, ran };
}

const options = { excludedOutboundPorts: [5432] };

describe('the rules of a namespace', () => {
  it('are made for each family that others reach it by, and leave other rules in place', () => {
    const { run, ran } = kernel('iptables-nft-restore', 'ip6tables-nft-restore', 'ip');
    const applied = applyRules({ families: familiesOf(['172.20.0.7', 'fd00::7']), options, run });
    expect(applied).toEqual([
      { family: 'ipv4', variant: 'nft' },
      { family: 'ipv6', variant: 'nft' },
    ]);
    expect(ran).toEqual([
      { command: 'iptables-nft-restore --noflush --wait 10', input: captureRules('ipv4', options) },
      { command: 'ip -6 address replace ::6/128 dev lo', input: '' },
      { command: 'ip6tables-nft-restore --noflush --wait 10', input: captureRules('ipv6', options) },
    ]);
  });

  it('are made by the older variant where the kernel lacks the newer one', () => {
    const { run } = kernel('iptables-legacy-restore');
    expect(applyRules({ families: familiesOf([]), options, run })).toEqual([{ family: 'ipv4', variant: 'legacy' }]);
  });

  it('fail when neither variant works, with what each said', () => {
    const { run } = kernel();
    const make = () => applyRules({ families: ['ipv4'], options, run });
    expect(make).toThrow(/NET_ADMIN[^]*iptables-nft-restore: not supported\niptables-legacy-restore: not supported/);
  });

  it('fail when loopback cannot get the address that connections to the application come from', () => {
    const { run } = kernel('iptables-nft-restore', 'ip6tables-nft-restore');
    expect(() => applyRules({ families: ['ipv6'], options, run })).toThrow('::6/128');
  });
});
