import type { FieldPath } from '@malla/model';
import type { Analyzer } from '../../analyzer.ts';
import { findingOf, type Finding } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { dataAt, hasData, items, text } from '../../resources/read.ts';
import type { Subject } from '../../resources/subject.ts';

function isOfControlPlane({ ref, name }: Subject): boolean {
  return ref === kindRefs.mutatingWebhook
    ? name.startsWith('istio-sidecar-injector')
    : name === 'istiod-default-validator' || name.startsWith('istio-validator');
}

/** Whether the webhooks of a control plane outside the cluster have a usable address. */
export const externalControlPlane: Analyzer = {
  name: 'externalcontrolplane.ExternalControlPlaneAnalyzer',
  description: 'Checks the addresses of webhooks of an external control plane',
  inputs: [kindRefs.validatingWebhook, kindRefs.mutatingWebhook],
  origins: [kindRefs.validatingWebhook, kindRefs.mutatingWebhook],
  codes: ['IST0163', 'IST0164'],
  *analyze({ subjects }) {
    for (const ref of [kindRefs.validatingWebhook, kindRefs.mutatingWebhook])
      for (const subject of subjects(ref)) {
        if (!isOfControlPlane(subject)) continue;
        for (const [i, hook] of items(subject.resource, 'webhooks').entries())
          yield* checkAddress(subject, text(hook, 'name'), dataAt(hook, 'clientConfig'), [
            'webhooks',
            i,
            'clientConfig',
          ]);
      }
  },
};

function* checkAddress(subject: Subject, hook: string, client: unknown, path: FieldPath): Iterable<Finding> {
  const { url } = dataAt({ client }, 'client');
  if (typeof url !== 'string') {
    if (!hasData(client, 'service')) yield findingOf('IST0163', { subject, args: ['', hook, 'is missing'], path });
    return;
  }
  const host = hostOf(url);
  if (host === undefined)
    yield findingOf('IST0163', { subject, args: [url, hook, 'is not a URL'], path: [...path, 'url'] });
  else if (isAddress(host)) yield findingOf('IST0164', { subject, args: [url, hook], path: [...path, 'url'] });
}

/** Host of a URL; undefined for text that is none. Relative ones have an empty host, as in Go. */
function hostOf(url: string): string | undefined {
  if (/[\u0000-\u001f\u007f]/.test(url) || /^[^/?#]*%(?![0-9A-Fa-f]{2})/.test(url) || url.startsWith(':'))
    return undefined;
  if (!/^[a-zA-Z][a-zA-Z0-9+.-]*:\/\//.test(url)) return '';
  return URL.parse(url)?.hostname;
}

function isAddress(host: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || host.startsWith('[');
}
