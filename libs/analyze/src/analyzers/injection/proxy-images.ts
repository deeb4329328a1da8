import { parse } from 'yaml';
import type { AnalysisView, Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { selects } from '../../resources/labels.ts';
import { proxyContainer } from '../../resources/pods.ts';
import { dataAt, hasData, items, text, textMap, type Data } from '../../resources/read.ts';
import type { Derivation } from '../../resources/resource-set.ts';
import type { Subject } from '../../resources/subject.ts';
import { injectorValues } from './injector-values.ts';

const podsByNamespace: Derivation<ReadonlyMap<string, readonly Subject[]>> = {
  inputs: [kindRefs.pod],
  build: (set) => Map.groupBy(set.list(kindRefs.pod), (pod) => pod.namespace),
};

const proxyConfigs: Derivation<ReadonlyMap<string, readonly Subject[]>> = {
  inputs: [kindRefs.proxyConfig],
  build: (set) => Map.groupBy(set.list(kindRefs.proxyConfig), (config) => config.namespace),
};

/** Whether pods run with the proxy image that injection sets now. */
export const proxyImages: Analyzer = {
  name: 'injection.ImageAnalyzer',
  description: 'Compares the proxy images of pods with the one that injection sets',
  inputs: [kindRefs.namespace, kindRefs.pod, kindRefs.configMap, kindRefs.proxyConfig],
  origins: [kindRefs.namespace],
  codes: ['IST0158'],
  *analyze(view) {
    const values = injectorValues(view.set);
    for (const subject of view.subjects(kindRefs.namespace)) {
      const revision = subject.labels['istio.io/rev'];
      if (subject.labels['istio-injection'] !== 'enabled' && revision === undefined) continue;
      const isDefault = revision === undefined || revision === '' || revision === 'default';
      const found = values.get(isDefault ? 'istio-sidecar-injector' : `istio-sidecar-injector-${revision}`);
      if (found === undefined) continue;
      const image = imageOf(found);
      const pods = (view.set.derive(podsByNamespace).get(subject.name) ?? [])
        .filter((pod) => runsOther(view, pod, image))
        .map((pod) => pod.name)
        .sort();
      if (pods.length > 0) yield findingOf('IST0158', { subject, args: [pods] });
    }
  },
};

/** Image of the proxy without its variant; one with a slash is complete. */
function imageOf(values: Data): string {
  const global = dataAt(values, 'global');
  const image = text(dataAt(global, 'proxy'), 'image');
  return image.includes('/') ? image : `${text(global, 'hub')}/${image}:${String(global['tag'] ?? '')}`;
}

function runsOther(view: AnalysisView, pod: Subject, image: string): boolean {
  // Who sets the image of one pod does so over injection.
  if ((pod.annotations['sidecar.istio.io/proxyImage'] ?? '') !== '') return false;
  const accepted = [image, `${image}-${variantOf(view, pod)}`];
  return [...items(pod.spec, 'containers'), ...items(pod.spec, 'initContainers')].some(
    (container) => text(container, 'name') === proxyContainer && !accepted.includes(text(container, 'image')),
  );
}

const imageTypeOf = (config: unknown) => text(dataAt(config, 'image'), 'imageType');

/** Variant of the image for a pod: the nearest of mesh, ProxyConfigs and annotation that names one. */
function variantOf({ set, mesh }: AnalysisView, pod: Subject): string {
  const configs = set.derive(proxyConfigs);
  const own = configs.get(pod.namespace) ?? [];
  const selected = own.filter(
    ({ spec }) => hasData(spec, 'selector') && selects(textMap(spec['selector'], 'matchLabels'), pod.labels),
  );
  const types = [
    mesh.imageType,
    ...(configs.get(mesh.rootNamespace) ?? []).map(({ spec }) => imageTypeOf(spec)),
    ...own.filter(({ spec }) => !hasData(spec, 'selector')).map(({ spec }) => imageTypeOf(spec)),
    ...selected.map(({ spec }) => imageTypeOf(spec)),
    imageTypeOf(annotated(pod.annotations['proxy.istio.io/config'])),
  ];
  const variant = types.findLast((type) => type !== '') ?? '';
  return variant === 'default' ? '' : variant;
}

function annotated(yaml: string | undefined): unknown {
  if (yaml === undefined) return undefined;
  try {
    return parse(yaml);
  } catch {
    return undefined;
  }
}
