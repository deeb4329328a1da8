import type { ProxyConfig } from '@malla/model';
import type { Findings } from '../findings.ts';
import { checkSelector } from '../values/selectors.ts';

/** Checks a ProxyConfig. Source: Istio pkg/config/validation, ValidateProxyConfig. */
export function checkProxyConfig(findings: Findings, resource: ProxyConfig): void {
  const { selector, concurrency, environmentVariables } = resource.spec ?? {};
  if (selector !== undefined) checkSelector(findings, ['spec', 'selector', 'matchLabels'], selector.matchLabels);
  if ((concurrency ?? 0) < 0)
    findings.error(['spec', 'concurrency'], 'must not be negative', 'give 0 for one thread for each core');
  for (const name in environmentVariables) {
    if (name === '' || name.includes('='))
      findings.error(['spec', 'environmentVariables', name], 'is not the name of a variable', 'leave out "="');
  }
}
