import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { selectorText } from '../../resources/labels.ts';
import { certificateValidity } from '../../resources/pem.ts';
import { podsOf } from '../../resources/pods.ts';
import { items, text, textMap, dataAt } from '../../resources/read.ts';
import type { Subject } from '../../resources/subject.ts';

/** Whether the credentials of Gateways exist, where their workloads are, and hold a certificate that is valid now. */
export const gatewaySecrets: Analyzer = {
  name: 'gateway.SecretAnalyzer',
  description: 'Checks the Secrets that Gateways name',
  inputs: [kindRefs.gateway, kindRefs.pod, kindRefs.secret],
  origins: [kindRefs.gateway],
  codes: ['IST0101', 'IST0161'],
  *analyze({ set, subjects, now }) {
    for (const subject of subjects(kindRefs.gateway)) {
      const selector = textMap(subject.spec, 'selector');
      const namespaces = new Set([...podsOf(set).all.matching(selector)].map((pod) => pod.namespace));
      if (namespaces.size === 0) {
        const path = ['spec', 'selector', ...Object.keys(selector).sort().slice(0, 1)];
        yield findingOf('IST0101', { subject, args: ['selector', selectorText(selector)], path });
        continue;
      }
      for (const [i, server] of items(subject.spec, 'servers').entries()) {
        const name = text(dataAt(server, 'tls'), 'credentialName');
        if (name === '') continue;
        const path = ['spec', 'servers', i, 'tls', 'credentialName'];
        const secret = findSecret(name, namespaces, (namespace, local) => set.find(kindRefs.secret, namespace, local));
        if (secret === undefined) yield findingOf('IST0101', { subject, args: ['credentialName', name], path });
        else if (!isUsable(secret, now))
          yield findingOf('IST0161', { subject, args: [subject.name, secret.namespace], path });
      }
    }
  },
};

/** In the namespace of the workloads, or in the one that the name gives (`namespace/name`). */
function findSecret(
  written: string,
  namespaces: ReadonlySet<string>,
  find: (namespace: string, name: string) => Subject | undefined,
): Subject | undefined {
  const slash = written.indexOf('/');
  if (slash >= 0) return find(written.slice(0, slash), written.slice(slash + 1));
  for (const namespace of namespaces) {
    const found = find(namespace, written);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Source: Istio pilot/pkg/credentials/kube, ExtractCertInfo; pilot/pkg/xds, ValidateCertificate */
function isUsable({ resource }: Subject, now: number): boolean {
  const value = (key: string) => {
    const plain = text(resource['stringData'], key);
    return plain !== '' ? plain : decoded(text(resource['data'], key));
  };
  for (const [certificate, key] of [
    ['cert', 'key'],
    ['tls.crt', 'tls.key'],
  ] as const) {
    if (value(certificate) === '' || value(key) === '') continue;
    const validity = certificateValidity(value(certificate));
    return validity !== undefined && now >= validity.notBefore && now <= validity.notAfter;
  }
  return false;
}

function decoded(base64: string): string {
  try {
    return atob(base64.replaceAll(/\s/g, ''));
  } catch {
    return '';
  }
}
