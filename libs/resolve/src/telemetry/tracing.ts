import { logFormatProblem, traceEnvironment, type TraceTagIr, type TracingIr } from '@malla/ir';
import type { Telemetry } from '@malla/model';
import type { MeshOptions } from '@malla/snapshot';
import { originOf, type Diagnostic } from '../diagnostics.ts';
import { concernsMode, type TelemetryMode } from './applicable.ts';
import { spanExporter, type TelemetryProvider } from './providers.ts';

type TracingSpec = NonNullable<NonNullable<Telemetry['spec']>['tracing']>[number];

/** Percent, where nobody says it. Source: Istio's PILOT_TRACE_SAMPLING */
const defaultSampling = 1;

export interface TracingInputs {
  readonly mesh: Pick<MeshOptions, 'defaultProviders' | 'tracing'>;
  /** The widest first. */
  readonly telemetries: readonly Telemetry[];
  readonly providers: readonly TelemetryProvider[];
  readonly mode: TelemetryMode;
  readonly report: (diagnostic: Diagnostic) => void;
}

/**
 * How requests of one direction are traced; undefined: they are not. A narrower Telemetry replaces the settings that it gives, as a whole; of
 * providers only the first counts. Source: Istio pilot/pkg/model, Telemetries.Tracing
 */
export function resolveTracing(inputs: TracingInputs): TracingIr | undefined {
  const { mesh, mode, telemetries } = inputs;
  let provider = mesh.defaultProviders.tracing[0];
  let named: Telemetry | undefined;
  let settings: TracingSpec = {};
  for (const telemetry of telemetries) {
    for (const entry of telemetry.spec?.tracing ?? []) {
      if (!concernsMode(entry.match, mode)) continue;
      const chosen = entry.providers?.[0]?.name;
      if (chosen !== undefined) [provider, named] = [chosen, telemetry];
      settings = { ...settings, ...given(entry) };
    }
  }
  if (provider === undefined || settings.disableSpanReporting === true) return undefined;
  const known = inputs.providers.find((each) => each.provider.name === provider);
  const exporter = known && spanExporter(known);
  if (exporter === undefined) {
    inputs.report(unusable(provider, known, named));
    return undefined;
  }
  const pathLength = known?.provider.opentelemetry?.maxTagLength || mesh.tracing.maxPathTagLength;
  return {
    exporter,
    samplingPercent: settings.randomSamplingPercentage ?? meshSampling(mesh.tracing),
    ...(pathLength ? { maxPathLength: pathLength } : {}),
    tags: tagsOf(settings, mesh.tracing),
    useRequestId: settings.useRequestIdForTraceSampling ?? true,
  };
}

/** The settings that an entry gives: null is as if it were left out. */
function given(entry: TracingSpec): TracingSpec {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined && value !== null));
}

function unusable(name: string, known: TelemetryProvider | undefined, telemetry: Telemetry | undefined): Diagnostic {
  const reason =
    known === undefined
      ? 'the mesh has none of that name'
      : known.provider.opentelemetry === undefined
        ? 'it takes no traces, or not in a way that is enforced yet'
        : 'its service or port is not in the mesh, or not visible';
  return {
    code: 'unusable_provider',
    message: `requests are not traced: no use of extension provider ${name}: ${reason}`,
    ...(telemetry === undefined ? {} : { origin: originOf(telemetry) }),
  };
}

function meshSampling({ sampling = 0 }: MeshOptions['tracing']): number {
  if (sampling <= 0) return defaultSampling;
  return sampling > 100 ? defaultSampling : sampling;
}

function tagsOf(settings: TracingSpec, mesh: MeshOptions['tracing']): readonly TraceTagIr[] {
  const own = Object.keys(settings.customTags ?? {}).length > 0 ? settings.customTags : mesh.customTags;
  const custom = Object.entries<WrittenTag>(own ?? {}).flatMap(([name, tag]) => customTag(name, tag) ?? []);
  const names = new Set(custom.map(({ name }) => name));
  const istio = (settings.enableIstioTags ?? mesh.enableIstioTags ?? true) ? istioTags : [];
  return [...istio.filter(({ name }) => !names.has(name)), ...custom].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Tags of Telemetry, and of MeshConfig, where names may be left out; those without a name or value are none. */
interface WrittenTag {
  readonly literal?: { readonly value?: string | undefined } | undefined;
  readonly environment?: Named | undefined;
  readonly header?: Named | undefined;
  readonly formatter?: { readonly value?: string | undefined } | undefined;
}

interface Named {
  readonly name?: string | undefined;
  readonly defaultValue?: string | undefined;
}

function customTag(name: string, { literal, environment, header, formatter }: WrittenTag): TraceTagIr | undefined {
  if (literal?.value) return { name, value: { kind: 'literal', text: literal.value } };
  if (formatter?.value) {
    const format = formatter.value;
    return logFormatProblem(format) === undefined ? { name, value: { kind: 'format', format } } : undefined;
  }
  if (environment?.name)
    return { name, value: { kind: 'environment', variable: environment.name, ...otherwise(environment) } };
  if (header?.name) return { name, value: { kind: 'header', header: header.name, ...otherwise(header) } };
  return undefined;
}

function otherwise({ defaultValue }: Named): { otherwise?: string } {
  return defaultValue === undefined || defaultValue === '' ? {} : { otherwise: defaultValue };
}

/** Source: Istio pilot/pkg/networking/core, buildServiceTags. There they are literals; here the bytes are shared by workloads. */
const istioTags: readonly TraceTagIr[] = [
  ownTag('istio.canonical_service', traceEnvironment.canonicalService, 'unknown'),
  ownTag('istio.canonical_revision', traceEnvironment.canonicalRevision, 'latest'),
  ownTag('istio.mesh_id', traceEnvironment.meshId, 'unknown'),
  ownTag('istio.namespace', traceEnvironment.namespace, 'default'),
  ownTag('istio.cluster_id', traceEnvironment.cluster, 'unknown'),
];

function ownTag(name: string, variable: string, fallback: string): TraceTagIr {
  return { name, value: { kind: 'environment', variable, otherwise: fallback } };
}
