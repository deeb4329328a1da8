import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { dataAt, items, text } from '../../resources/read.ts';

/** Whether ServiceEntries with TCP ports have addresses, where none are allocated. */
export const entryAddresses: Analyzer = {
  name: 'serviceentry.Analyzer',
  description: 'Checks that ServiceEntries with TCP ports have addresses',
  inputs: [kindRefs.serviceEntry],
  origins: [kindRefs.serviceEntry],
  codes: ['IST0134'],
  *analyze({ subjects, mesh: { proxyMetadata } }) {
    const isOn = (name: string) => proxyMetadata[name] === 'true';
    const allocated =
      isOn('ISTIO_META_DNS_CAPTURE') && (isOn('ISTIO_META_DNS_AUTO_ALLOCATE') || isOn('PILOT_ENABLE_IP_AUTOALLOCATE'));
    if (allocated) return;
    for (const subject of subjects(kindRefs.serviceEntry)) {
      const status = dataAt(subject.resource, 'status')['addresses'];
      if (Array.isArray(subject.spec['addresses']) || (Array.isArray(status) && status.length > 0)) continue;
      for (const [i, port] of items(subject.spec, 'ports').entries()) {
        const protocol = text(port, 'protocol').toLowerCase();
        if (protocol === '' || protocol === 'tcp')
          yield findingOf('IST0134', { subject, path: ['spec', 'ports', i, 'name'] });
      }
    }
  },
};
