import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { dataAt, hasData, items, number, text, type Data } from '../../resources/read.ts';
import type { Derivation } from '../../resources/resource-set.ts';
import type { Subject } from '../../resources/subject.ts';

const routeKinds = new Set(['ROUTE_CONFIGURATION', 'HTTP_ROUTE']);
const replaceable = new Set(['NETWORK_FILTER', 'HTTP_FILTER', 'VIRTUAL_HOST']);

interface PatchCode {
  readonly index: number;
  readonly code: string;
}

/**
 * Findings of all EnvoyFilters. They depend on those before them: a patch for one version of the proxy makes later relative patches of the
 * same filter worse.
 */
const patchCodes: Derivation<ReadonlyMap<Subject, readonly PatchCode[]>> = {
  inputs: [kindRefs.envoyFilter],
  build(set) {
    const versioned = new Set<string>();
    return new Map(set.list(kindRefs.envoyFilter).map((subject) => [subject, codesOf(subject, versioned)]));
  },
};

function codesOf(subject: Subject, versioned: Set<string>): PatchCode[] {
  const found: PatchCode[] = [];
  const relative = (number(subject.spec, 'priority') ?? 0) === 0;
  for (const [index, configPatch] of items(subject.spec, 'configPatches').entries()) {
    if (!hasData(configPatch, 'patch')) break;
    const name = filterName(configPatch);
    const code = codeOf(text(dataAt(configPatch, 'patch'), 'operation'), text(configPatch, 'applyTo'));
    if (code === 'relative') {
      if (relative) found.push({ index, code: versioned.has(name) ? 'IST0155' : 'IST0151' });
    } else if (code !== undefined) found.push({ index, code });
    if (text(dataAt(configPatch, 'match', 'proxy'), 'proxyVersion') !== '') versioned.add(name);
  }
  return found;
}

/** Name of the filter that a patch sets, else of the one that it matches. */
function filterName(configPatch: Data): string {
  if (!hasData(configPatch['patch'], 'value')) return '';
  const { name } = dataAt(configPatch, 'patch', 'value');
  if (name !== undefined) return `value ${JSON.stringify(name)}`;
  return text(dataAt(configPatch, 'match', 'listener', 'filterChain', 'filter'), 'name');
}

function codeOf(operation: string, applyTo: string): string | undefined {
  switch (operation) {
    case 'ADD':
      return routeKinds.has(applyTo) ? 'IST0153' : undefined;
    case 'REMOVE':
      return routeKinds.has(applyTo) ? 'IST0154' : 'relative';
    case 'REPLACE':
      return replaceable.has(applyTo) ? 'relative' : 'IST0152';
    case 'INSERT_BEFORE':
    case 'INSERT_AFTER':
      return 'relative';
    default:
      return undefined;
  }
}

/** Whether the patches of EnvoyFilters do something, also after an upgrade. */
export const envoyFilters: Analyzer = {
  name: 'envoyfilter.EnvoyPatchAnalyzer',
  description: 'Checks the operations of EnvoyFilters',
  inputs: [kindRefs.envoyFilter],
  origins: [kindRefs.envoyFilter],
  codes: ['IST0151', 'IST0152', 'IST0153', 'IST0154', 'IST0155'],
  *analyze({ set, subjects }) {
    for (const subject of subjects(kindRefs.envoyFilter))
      for (const { index, code } of set.derive(patchCodes).get(subject) ?? [])
        yield findingOf(code, { subject, path: ['spec', 'configPatches', index, 'patch', 'value'] });
  },
};
