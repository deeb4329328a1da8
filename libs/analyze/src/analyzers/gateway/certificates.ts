import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { selects } from '../../resources/labels.ts';
import { dataAt, hasData, items, text, textMap } from '../../resources/read.ts';
import type { Derivation } from '../../resources/resource-set.ts';
import type { Subject } from '../../resources/subject.ts';

interface Use {
  readonly gateway: Subject;
  readonly selector: Readonly<Record<string, string>>;
}

/** What a server identifies itself with; undefined without a certificate that could be compared. */
function certificateOf(server: unknown): string | undefined {
  if (!hasData(server, 'tls')) return undefined;
  const tls = dataAt(server, 'tls');
  const name = text(tls, 'credentialName');
  if (name !== '') return `credential ${name}`;
  const [certificate, key] = [text(tls, 'serverCertificate'), text(tls, 'privateKey')];
  return certificate === '' || key === '' ? undefined : `file ${certificate} ${key}`;
}

const uses: Derivation<ReadonlyMap<string, readonly Use[]>> = {
  inputs: [kindRefs.gateway],
  build(set) {
    const found = new Map<string, Use[]>();
    for (const gateway of set.list(kindRefs.gateway)) {
      const selector = textMap(gateway.spec, 'selector');
      const certificates = new Set(items(gateway.spec, 'servers').map(certificateOf));
      for (const certificate of certificates) {
        if (certificate === undefined) continue;
        const known = found.get(certificate);
        if (known === undefined) found.set(certificate, [{ gateway, selector }]);
        else known.push({ gateway, selector });
      }
    }
    return found;
  },
};

/** Whether Gateways of the same workloads share a certificate. Source: https://github.com/envoyproxy/envoy/issues/6767 */
export const certificates: Analyzer = {
  name: 'gateway.CertificateAnalyzer',
  description: 'Checks that Gateways of a workload do not share a certificate',
  inputs: [kindRefs.gateway],
  origins: [kindRefs.gateway],
  codes: ['IST0138'],
  *analyze({ set, subjects }) {
    for (const subject of subjects(kindRefs.gateway)) {
      const selector = textMap(subject.spec, 'selector');
      for (const [i, server] of items(subject.spec, 'servers').entries()) {
        const certificate = certificateOf(server);
        if (certificate === undefined) continue;
        for (const { gateway, selector: other } of set.derive(uses).get(certificate) ?? []) {
          // Its workloads are among those of the other one only if its selector is a part of that one's.
          if (gateway === subject || !selects(selector, other)) continue;
          const args = [[subject.fullName, gateway.fullName]];
          yield findingOf('IST0138', { subject, args, path: ['spec', 'servers', i, 'tls'] });
        }
      }
    }
  },
};
