import { captureRules, type CaptureOptions, type IpFamily } from '@malla/inject';
import type { CommandInput } from '../command.ts';
import { UsageError } from '../failure.ts';

export interface CaptureRulesOptions {
  readonly family?: IpFamily;
  readonly proxyUser?: number;
  readonly excludeInboundPort?: readonly string[];
  readonly excludeOutboundPort?: readonly string[];
  readonly excludeOutboundRange?: readonly string[];
}

/** `capture-rules`: the iptables rules of interception REDIRECT, without a server. */
export async function printCaptureRules({ options, terminal }: CommandInput<CaptureRulesOptions>): Promise<void> {
  terminal.out(rulesOf(options));
}

function rulesOf({ family = 'ipv4', proxyUser, ...excluded }: CaptureRulesOptions): string {
  const wanted: CaptureOptions = {
    ...(proxyUser !== undefined && { proxyUid: proxyUser, proxyGid: proxyUser }),
    excludedInboundPorts: (excluded.excludeInboundPort ?? []).map(Number),
    excludedOutboundPorts: (excluded.excludeOutboundPort ?? []).map(Number),
    excludedOutboundRanges: excluded.excludeOutboundRange ?? [],
  };
  try {
    return captureRules(family, wanted);
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  }
}
