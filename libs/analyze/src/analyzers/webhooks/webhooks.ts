import type { AnalysisView, Analyzer } from '../../analyzer.ts';
import { findingOf, type Finding } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { labelSelectorTakes } from '../../resources/label-selector.ts';
import type { Labels } from '../../resources/labels.ts';
import { dataAt, hasData, items, text, textMap, texts, type Data } from '../../resources/read.ts';
import type { Derivation } from '../../resources/resource-set.ts';
import type { Subject } from '../../resources/subject.ts';

const revisionLabel = 'istio.io/rev';

interface Hook {
  readonly subject: Subject;
  readonly hook: Data;
  readonly index: number;
  /** `configuration/webhook` */
  readonly fullName: string;
}

interface Hooks {
  readonly all: readonly Hook[];
  /** Hooks that take one and the same pod, for every kind of namespace and pod. */
  readonly overlaps: readonly (readonly Hook[])[];
}

/** Revisions that a configuration is for. */
function revisionsOf(subject: Subject): string[] {
  const own = subject.labels[revisionLabel];
  const selectors = items(subject.resource, 'webhooks').flatMap((hook) => [
    dataAt(hook, 'namespaceSelector'),
    dataAt(hook, 'objectSelector'),
  ]);
  return [
    ...(own === undefined ? [] : [own]),
    ...selectors.flatMap((selector) => {
      const equal = textMap(selector, 'matchLabels')[revisionLabel];
      const listed = items(selector, 'matchExpressions').filter((e) => text(e, 'key') === revisionLabel);
      return [...(equal === undefined ? [] : [equal]), ...listed.flatMap((e) => texts(e, 'values'))];
    }),
  ];
}

/** Labels to try: without any, with the label for injection, each also with every revision. */
function combinations(label: string, values: readonly string[], revisions: readonly string[]): Labels[] {
  const plain: Labels[] = [{}, ...values.map((value) => ({ [label]: value }))];
  return [...plain, ...revisions.flatMap((revision) => plain.map((each) => ({ ...each, [revisionLabel]: revision })))];
}

const derivation: Derivation<Hooks> = {
  inputs: [kindRefs.mutatingWebhook],
  build(set) {
    const configurations = set.list(kindRefs.mutatingWebhook).filter((subject) => {
      const hooks = items(subject.resource, 'webhooks');
      return revisionsOf(subject).length > 0 || hooks.some((hook) => text(hook, 'name').endsWith('istio.io'));
    });
    const all = configurations.flatMap((subject) =>
      items(subject.resource, 'webhooks').map((hook, index) => ({
        subject,
        hook,
        index,
        fullName: `${subject.fullName}/${text(hook, 'name')}`,
      })),
    );
    const revisions = [...new Set(configurations.flatMap(revisionsOf))];
    const namespaces = combinations('istio-injection', ['enabled', 'disabled'], revisions);
    const objects = combinations('sidecar.istio.io/inject', ['true', 'false'], revisions);
    const takes = (field: string, labels: Labels) =>
      new Set(all.filter(({ hook }) => labelSelectorTakes(hook[field], labels)));
    const byObject = objects.map((labels) => takes('objectSelector', labels));
    const overlaps = namespaces
      .map((labels) => [...takes('namespaceSelector', labels)])
      .flatMap((found) => byObject.map((taking) => found.filter((hook) => taking.has(hook))))
      .filter((found) => found.length > 1);
    return { all, overlaps };
  },
};

/** Whether webhooks for injection overlap, and whether the services that they call exist. */
export const webhooks: Analyzer = {
  name: 'webhook.Analyzer',
  description: 'Checks the webhooks for injection',
  inputs: [kindRefs.mutatingWebhook, kindRefs.service],
  origins: [kindRefs.mutatingWebhook],
  codes: ['IST0139'],
  *analyze(view) {
    const { all, overlaps } = view.set.derive(derivation);
    const wanted = new Set(view.subjects(kindRefs.mutatingWebhook));
    yield* overlapFindings(overlaps, wanted);
    for (const hook of all) if (wanted.has(hook.subject)) yield* checkService(view, hook);
  },
};

function* overlapFindings(overlaps: Hooks['overlaps'], wanted: ReadonlySet<Subject>): Iterable<Finding> {
  for (const group of overlaps)
    for (const { subject, fullName, index } of group) {
      if (!wanted.has(subject)) continue;
      const others = [...new Set(group.map((hook) => hook.fullName))].filter((name) => name !== fullName).sort();
      if (others.length === 0) continue;
      const args = [`the webhook overlaps with ${others.join(', ')}: pods may be injected twice`];
      yield findingOf('IST0139', { subject, args, path: ['webhooks', index] });
    }
}

function* checkService({ set }: AnalysisView, { subject, hook, index }: Hook): Iterable<Finding> {
  const client = dataAt(hook, 'clientConfig');
  if (!hasData(client, 'service')) return;
  const [namespace, name] = [text(client['service'], 'namespace'), text(client['service'], 'name')];
  if (set.find(kindRefs.service, namespace, name) !== undefined) return;
  const args = [`the webhook calls a service of the control plane that does not exist: ${namespace}/${name}`];
  yield findingOf('IST0139', { subject, args, path: ['webhooks', index, 'clientConfig', 'service', 'name'] });
}
