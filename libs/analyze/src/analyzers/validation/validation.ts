import { dropUnknownFields, parsePath, problemCodes, type Problem } from '@malla/model';
import { validateObject } from '@malla/validate';
import type { Analyzer } from '../../analyzer.ts';
import { findingOf, type Finding } from '../../finding.ts';
import type { KindRef } from '../../resources/kind-refs.ts';
import type { Subject } from '../../resources/subject.ts';

/** The kinds whose validation is a part of analysis, as in Istio. */
const validated: readonly KindRef[] = [
  'extensions.istio.io/TrafficExtension',
  'extensions.istio.io/WasmPlugin',
  'networking.istio.io/DestinationRule',
  'networking.istio.io/EnvoyFilter',
  'networking.istio.io/Gateway',
  'networking.istio.io/ProxyConfig',
  'networking.istio.io/ServiceEntry',
  'networking.istio.io/Sidecar',
  'networking.istio.io/VirtualService',
  'networking.istio.io/WorkloadEntry',
  'networking.istio.io/WorkloadGroup',
  'policy.malla.io/ApiKeyPolicy',
  'policy.malla.io/RateLimit',
  'security.istio.io/AuthorizationPolicy',
  'security.istio.io/PeerAuthentication',
  'security.istio.io/RequestAuthentication',
  'telemetry.istio.io/Telemetry',
];

/** What is not enforced yet says nothing about the resource. */
const passedOver = new Set<string>([problemCodes.unknownKind, problemCodes.notEnforced]);

/** Names and labels are the same matter for every kind, which the API server checks; analysis, as Istio's, looks at the rest. */
function isOfKind({ code, path }: Problem): boolean {
  return !passedOver.has(code) && !(code === problemCodes.schema && path.startsWith('metadata'));
}

/** One analyzer for each kind, with the rules of `@malla/validate`. */
export const validationAnalyzers: readonly Analyzer[] = validated.map((ref) => {
  const kind = ref.slice(ref.indexOf('/') + 1);
  return {
    name: `schema.ValidationAnalyzer.${kind}`,
    description: `Checks ${kind} resources by their schema and their rules`,
    inputs: [ref],
    origins: [ref],
    codes: ['IST0106', 'IST0130', 'IST0131', 'IST0133'],
    *analyze({ subjects }) {
      for (const subject of subjects(ref))
        for (const problem of problemsOf(subject.resource)) if (isOfKind(problem)) yield findingFor(subject, problem);
    },
  };
});

/** Unknown fields do nothing, here and in a cluster: a warning. The rest is checked as if they were not there. */
function problemsOf(resource: unknown): readonly Problem[] {
  const problems = validateObject(resource);
  if (!problems.some((problem) => problem.code === problemCodes.unknownField)) return problems;
  const { object, dropped } = dropUnknownFields(resource);
  return [...dropped.map((problem) => ({ ...problem, level: 'warning' as const })), ...validateObject(object)];
}

function findingFor(subject: Subject, problem: Problem): Finding {
  const place = problem.path === '' ? '' : `${problem.path}: `;
  const hint = problem.hint === undefined ? '' : `; ${problem.hint}`;
  const message = `${place}${problem.message}${hint}`;
  const known = problem.code.startsWith('IST');
  return findingOf(problem.code, {
    subject,
    args: [message],
    message,
    path: parsePath(problem.path),
    ...(known ? {} : { level: problem.level }),
  });
}
