import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { dataAt, hasData, items, number, text } from '../../resources/read.ts';

const modes = new Set(['SIMPLE', 'MUTUAL']);

/** Whether the certificate of a server is checked where a DestinationRule sets up TLS. */
export const caCertificates: Analyzer = {
  name: 'destinationrule.CaCertificateAnalyzer',
  description: 'Checks that TLS of DestinationRules verifies the server',
  inputs: [kindRefs.destinationRule],
  origins: [kindRefs.destinationRule],
  codes: ['IST0128', 'IST0129'],
  *analyze({ subjects }) {
    for (const subject of subjects(kindRefs.destinationRule)) {
      const policy = dataAt(subject.spec, 'trafficPolicy');
      const selected = hasData(subject.spec, 'workloadSelector');
      const unverified = (tls: unknown) =>
        modes.has(text(tls, 'mode')) &&
        text(tls, 'caCertificates') === '' &&
        !(text(tls, 'credentialName') !== '' && selected);
      const about = (tls: unknown) => [
        subject.fullName,
        subject.namespace,
        text(tls, 'mode'),
        text(subject.spec, 'host'),
      ];
      const path = ['spec', 'trafficPolicy'];
      if (unverified(policy['tls']))
        yield findingOf('IST0128', { subject, args: about(policy['tls']), path: [...path, 'tls', 'caCertificates'] });
      for (const [i, port] of items(policy, 'portLevelSettings').entries()) {
        if (!unverified(port['tls'])) continue;
        const args = [...about(port['tls']), String(number(dataAt(port, 'port'), 'number') ?? '')];
        yield findingOf('IST0129', { subject, args, path: [...path, 'portLevelSettings', i, 'tls', 'caCertificates'] });
      }
    }
  },
};
