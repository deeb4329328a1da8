import type { FieldPath } from '@malla/model';
import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { dataAt, items, text } from '../../resources/read.ts';
import type { Subject } from '../../resources/subject.ts';

interface Credential {
  readonly name: string;
  readonly path: FieldPath;
}

/** Credentials of all TLS settings of a DestinationRule. */
function credentialsOf({ spec }: Subject): Credential[] {
  const policies = [
    { policy: dataAt(spec, 'trafficPolicy'), path: ['spec', 'trafficPolicy'] as FieldPath },
    ...items(spec, 'subsets').map((subset, i) => ({
      policy: dataAt(subset, 'trafficPolicy'),
      path: ['spec', 'subsets', i, 'trafficPolicy'] as FieldPath,
    })),
  ];
  return policies
    .flatMap(({ policy, path }) => [
      { tls: policy['tls'], path },
      ...items(policy, 'portLevelSettings').map((port, i) => ({
        tls: port['tls'],
        path: [...path, 'portLevelSettings', i],
      })),
    ])
    .map(({ tls, path }) => ({ name: text(tls, 'credentialName'), path: [...path, 'tls', 'credentialName'] }))
    .filter(({ name }) => name !== '');
}

/** Whether the Secrets that DestinationRules name exist. */
export const destinationCredentials: Analyzer = {
  name: 'malla.DestinationCredentialAnalyzer',
  description: 'Checks that the Secrets of DestinationRules exist',
  inputs: [kindRefs.destinationRule, kindRefs.secret],
  origins: [kindRefs.destinationRule],
  codes: ['MAL0103'],
  *analyze({ set, subjects }) {
    for (const subject of subjects(kindRefs.destinationRule))
      for (const { name, path } of credentialsOf(subject))
        if (set.find(kindRefs.secret, subject.namespace, name) === undefined)
          yield findingOf('MAL0103', { subject, args: [`${subject.namespace}/${name}`], path });
  },
};
