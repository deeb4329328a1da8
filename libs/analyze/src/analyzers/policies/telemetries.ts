import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { selectorText } from '../../resources/labels.ts';
import { podsOf } from '../../resources/pods.ts';
import { hasData, items, text, textMap } from '../../resources/read.ts';
import { byWorkload, withoutSelector, type Selecting } from './workload-selectors.ts';

const telemetries: Selecting = {
  ref: kindRefs.telemetry,
  selectorOf: ({ spec }) => {
    const labels = textMap(spec['selector'], 'matchLabels');
    return Object.keys(labels).length === 0 ? undefined : labels;
  },
  isWithoutSelector: ({ spec }) => !hasData(spec, 'selector'),
};

const selected = byWorkload(telemetries);
const unselected = withoutSelector(telemetries);

/** Whether each Telemetry selects workloads that are its own. */
export const telemetrySelectors: Analyzer = {
  name: 'telemetry.SelectorAnalyzer',
  description: 'Checks that each Telemetry selects workloads, and no two the same',
  inputs: [kindRefs.telemetry, kindRefs.pod],
  origins: [kindRefs.telemetry],
  codes: ['IST0101', 'IST0159'],
  *analyze({ set, subjects }) {
    for (const subject of subjects(kindRefs.telemetry)) {
      const selector = telemetries.selectorOf(subject);
      if (selector === undefined) continue;
      const pods = [...podsOf(set).inNamespace(subject.namespace).matching(selector)];
      if (pods.length === 0) {
        const path = ['spec', 'selector', 'matchLabels', ...Object.keys(selector).sort().slice(0, 1)];
        yield findingOf('IST0101', { subject, args: ['selector', selectorText(selector)], path });
      }
      for (const pod of pods) {
        const names = set.derive(selected).get(pod) ?? [];
        if (names.length < 2) continue;
        yield findingOf('IST0159', { subject, args: [names, pod.namespace, pod.name], path: ['metadata', 'name'] });
      }
    }
  },
};

/** Whether a namespace has one Telemetry for all of it. */
export const telemetryDefaults: Analyzer = {
  name: 'telemetry.DefaultSelectorAnalyzer',
  description: 'Checks that a namespace has one Telemetry without a selector',
  inputs: [kindRefs.telemetry],
  origins: [kindRefs.telemetry],
  codes: ['IST0160'],
  *analyze({ set, subjects }) {
    for (const subject of subjects(kindRefs.telemetry)) {
      if (!telemetries.isWithoutSelector(subject)) continue;
      const names = set.derive(unselected).get(subject.namespace) ?? [];
      if (names.length > 1) yield findingOf('IST0160', { subject, args: [names, subject.namespace] });
    }
  },
};

/** Whether access logs have a provider. */
export const telemetryProviders: Analyzer = {
  name: 'telemetry.ProviderAnalyzer',
  description: 'Checks that access logs of Telemetries have a provider',
  inputs: [kindRefs.telemetry],
  origins: [kindRefs.telemetry],
  codes: ['IST0157'],
  *analyze({ subjects, mesh }) {
    if (mesh.hasDefaultAccessLog) return;
    for (const subject of subjects(kindRefs.telemetry))
      for (const [i, log] of items(subject.spec, 'accessLogging').entries())
        if (log['disabled'] !== true && items(log, 'providers').length === 0)
          yield findingOf('IST0157', {
            subject,
            args: [subject.name, subject.namespace],
            path: ['spec', 'accessLogging', i],
          });
  },
};

/** Whether traces go to a provider that is no longer there. */
export const lightstep: Analyzer = {
  name: 'telemetry.LightstepAnalyzer',
  description: 'Checks that Telemetries do not use the Lightstep provider',
  inputs: [kindRefs.telemetry],
  origins: [kindRefs.telemetry],
  codes: ['IST0002'],
  *analyze({ subjects, mesh }) {
    const providers = new Set(mesh.lightstepProviders);
    if (providers.size === 0) return;
    for (const subject of subjects(kindRefs.telemetry))
      for (const [i, tracing] of items(subject.spec, 'tracing').entries())
        for (const [j, provider] of items(tracing, 'providers').entries()) {
          const name = text(provider, 'name');
          if (!providers.has(name)) continue;
          yield findingOf('IST0002', {
            subject,
            args: [`the Lightstep provider ${name}; use an OpenTelemetry provider`],
            path: ['spec', 'tracing', i, 'providers', j, 'name'],
          });
        }
  },
};
