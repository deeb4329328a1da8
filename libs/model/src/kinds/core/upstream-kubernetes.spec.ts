import { describe, expect, it } from 'vitest';
import { explains, schemaDifferences, unexplained, type Deliberate } from '../../../test/upstream-crd.ts';
import { upstreamOpenApi } from '../../../test/upstream-openapi.ts';
import { openApiSchemaOf } from '../../schema/open-api.ts';
import { coreKinds } from './core-kinds.ts';
import { platformKinds } from './platform-kinds.ts';

const folder = process.env['MALLA_UPSTREAM_CRDS'];
const upstream = folder === undefined ? new Map() : upstreamOpenApi(folder);

const limits = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'pattern', 'enum', 'anyOf'];
const large = ['Pod', 'Node', 'Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'];
const withTemplate = large.filter((kind) => kind !== 'Pod' && kind !== 'Node');

/** What is otherwise than upstream, and why. */
const deliberate: readonly Deliberate[] = [
  { at: /./, what: limits, reason: 'kube-apiserver checks values in code; our schema says what it checks' },
  {
    at: /clusterIPs?(\[\])?$|externalIPs\[\]$|\.ip$|ports\[\]\.name$|Ranges\[\]$/,
    what: ['type'],
    reason: 'a choice of forms',
  },
  {
    kinds: [...large, 'CustomResourceDefinition'],
    at: /^(spec|status)/,
    what: ['field', 'x-kubernetes-preserve-unknown-fields', 'required'],
    reason: 'what the mesh does not read of large kinds is kept as sent',
  },
  { at: /^$/, what: ['required'], reason: 'kube-apiserver demands the spec in code' },
  {
    at: /conditions\[\]$/,
    what: ['x-kubernetes-preserve-unknown-fields'],
    reason: 'one schema for conditions of all kinds',
  },
  { at: /./, what: ['default'], reason: 'empty values are written as defaults there' },
  {
    kinds: withTemplate,
    at: /metadata\.(creationTimestamp|deletionTimestamp|deletionGracePeriodSeconds|managedFields)$/,
    what: ['nullable'],
    reason: 'clients send null there',
  },
  { kinds: ['EndpointSlice'], at: /^$/, what: ['required'], reason: 'clients send null for no endpoints' },
  {
    kinds: ['IngressClass'],
    at: /^spec$/,
    what: ['required'],
    reason: 'kube-apiserver demands the controller in code',
  },
  {
    kinds: ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'],
    at: /rules\[\]$/,
    what: ['required'],
    reason: 'kube-apiserver demands them in code',
  },
];

describe.skipIf(upstream.size === 0)('kinds of Kubernetes beside the OpenAPI of an API server', () => {
  const kinds = [...coreKinds, ...platformKinds].filter(({ group, kind }) => upstream.has(`${group}/${kind}`));
  const differences = (definition: (typeof kinds)[number]) =>
    schemaDifferences(openApiSchemaOf(definition), upstream.get(`${definition.group}/${definition.kind}`) ?? {});

  it.each(kinds.map((definition) => [definition.kind, definition] as const))(
    '%s has the same fields, types and merge types',
    (kind, definition) => {
      expect(unexplained(kind, differences(definition), deliberate)).toEqual([]);
    },
  );

  it('differ in everything that the list of wanted differences names', () => {
    const all = kinds.flatMap((definition) => differences(definition).map((d) => [definition.kind, d] as const));
    expect(deliberate.filter((entry) => !all.some(([kind, d]) => explains(entry, kind, d)))).toEqual([]);
  });
});
