import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { dataAt, items, text } from '../../resources/read.ts';

const setting = 'BLOCKED_CIDRS_IN_JWKS_URIS';
const shown = 5;

/** Whether the control plane fetches keys only from where it should. */
export const blockedCidrs: Analyzer = {
  name: 'authn.BlockedCIDRsAnalyzer',
  description: `Checks that the control plane has ${setting} when RequestAuthentications exist`,
  inputs: [kindRefs.requestAuthentication, kindRefs.deployment],
  origins: [kindRefs.deployment],
  codes: ['IST0175'],
  *analyze({ set, subjects }) {
    const names = set
      .list(kindRefs.requestAuthentication)
      .map((policy) => policy.fullName)
      .sort();
    if (names.length === 0) return;
    const rest = names.length > shown ? `, and ${names.length - shown} more` : '';
    for (const subject of subjects(kindRefs.deployment)) {
      if (subject.labels['app'] !== 'istiod') continue;
      const containers = items(dataAt(subject.spec, 'template', 'spec'), 'containers');
      const isSet = containers.some((container) =>
        items(container, 'env').some((env) => text(env, 'name') === setting && text(env, 'value') !== ''),
      );
      if (!isSet)
        yield findingOf('IST0175', { subject, args: [names.length, names.slice(0, shown).join(', ') + rest] });
    }
  },
};
