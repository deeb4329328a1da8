import { istioJsonFields, istioLogLine, logFormatProblem, type AccessLogIr, type LogFieldsIr } from '@malla/ir';
import type { Telemetry } from '@malla/model';
import type { MeshOptions } from '@malla/snapshot';
import { originOf, type Diagnostic } from '../diagnostics.ts';
import { concernsMode, type TelemetryMode } from './applicable.ts';
import type { TelemetryProvider } from './providers.ts';

export interface AccessLoggingInputs {
  readonly mesh: Pick<MeshOptions, 'defaultProviders' | 'accessLogFile' | 'accessLogFormat' | 'accessLogEncoding'>;
  /** The widest first. */
  readonly telemetries: readonly Telemetry[];
  readonly providers: readonly TelemetryProvider[];
  readonly mode: TelemetryMode;
  readonly report: (diagnostic: Diagnostic) => void;
}

/**
 * The logs of one direction. The providers are those of the narrowest Telemetry that names some, else the mesh's default ones; each can be switched off
 * by its own or a narrower Telemetry. The condition of a provider is that of the last entry that names it, and may be changed by later ones that name
 * none, which Istio does not heed. Where nothing speaks of that direction, the default providers count, else MeshConfig's accessLogFile.
 * Source: Istio pilot/pkg/model, Telemetries.AccessLogging and mergeLogs
 */
export function resolveAccessLogging(inputs: AccessLoggingInputs): readonly AccessLogIr[] {
  const { mesh, mode } = inputs;
  const speaking = inputs.telemetries.filter(({ spec }) =>
    spec?.accessLogging?.some(({ match }) => concernsMode(match, mode)),
  );
  const defaults = mesh.defaultProviders.accessLogging;
  if (speaking.length === 0 && defaults.length === 0) return fileOfMesh(mesh, inputs.report);
  const chosen = chosenProviders(speaking, defaults, mode);
  // A Telemetry that names no provider speaks of those that the one before it named.
  let parents = defaults;
  const on = new Map<string, boolean>(speaking.length === 0 ? defaults.map((name) => [name, true]) : []);
  const conditions = new Map<string, string | undefined>();
  for (const { spec } of speaking) {
    for (const entry of spec?.accessLogging ?? []) {
      const named = (entry.providers ?? []).map(({ name }) => name);
      parents = named.length === 0 ? parents : named;
      if (!concernsMode(entry.match, mode)) continue;
      const condition = entry.filter?.expression?.trim();
      for (const name of parents) {
        if (!chosen.has(name)) continue;
        on.set(name, entry.disabled !== true);
        if (named.length > 0 || condition !== undefined) conditions.set(name, condition);
      }
    }
  }
  const names = [...on].filter(([, enabled]) => enabled).map(([name]) => name);
  return names.sort().flatMap((name) => {
    const log = logOf(name, inputs);
    if (log === undefined) return [];
    const condition = conditions.get(name);
    return [condition === undefined ? log : { ...log, condition }];
  });
}

function chosenProviders(
  telemetries: readonly Telemetry[],
  defaults: readonly string[],
  mode: TelemetryMode,
): ReadonlySet<string> {
  let chosen = defaults;
  for (const { spec } of telemetries) {
    const named = (spec?.accessLogging ?? [])
      .filter((entry) => concernsMode(entry.match, mode))
      .flatMap((entry) => (entry.providers ?? []).map(({ name }) => name));
    if (named.length > 0) chosen = named;
  }
  return new Set(chosen);
}

function logOf(name: string, { providers, telemetries, report }: AccessLoggingInputs): AccessLogIr | undefined {
  const known = providers.find((each) => each.provider.name === name);
  const file = known?.provider.envoyFileAccessLog;
  if (file === undefined) {
    const narrowest = telemetries.at(-1);
    report({
      code: 'unusable_provider',
      message: `requests are not logged by extension provider ${name}: ${
        known === undefined
          ? 'the mesh has none of that name'
          : 'it takes no logs, or not in a way that is enforced yet'
      }`,
      ...(narrowest === undefined ? {} : { origin: originOf(narrowest) }),
    });
    return undefined;
  }
  const { path, logFormat, omitEmptyValues = false } = file;
  return {
    path: path === undefined || path === '' ? '/dev/stdout' : path,
    format: usable(formatOf(logFormat), `extension provider ${name}`, report),
    omitEmpty: omitEmptyValues,
  };
}

type LogFormat = NonNullable<NonNullable<TelemetryProvider['provider']['envoyFileAccessLog']>['logFormat']>;

function formatOf({ text, labels }: LogFormat = {}): AccessLogIr['format'] {
  if (labels !== undefined) return { kind: 'json', fields: fieldsOf(labels) ?? istioJsonFields };
  return { kind: 'text', line: text === undefined || text === '' ? istioLogLine : withoutEnd(text) };
}

/** Istio's own format in the place of one that a proxy would refuse. */
function usable(format: AccessLogIr['format'], whose: string, report: (d: Diagnostic) => void): AccessLogIr['format'] {
  const texts = format.kind === 'text' ? [format.line] : textsOf(format.fields);
  const problem = texts.map(logFormatProblem).find((each) => each !== undefined);
  if (problem === undefined) return format;
  report({ code: 'unknown_log_format', message: `Istio's format takes the place of that of ${whose}: it ${problem}` });
  return format.kind === 'json' ? { kind: 'json', fields: istioJsonFields } : { kind: 'text', line: istioLogLine };
}

function textsOf(fields: LogFieldsIr): readonly string[] {
  return Object.values(fields).flatMap((field) =>
    typeof field === 'string' ? [field] : typeof field === 'object' ? textsOf(field) : [],
  );
}

function fileOfMesh(mesh: AccessLoggingInputs['mesh'], report: AccessLoggingInputs['report']): readonly AccessLogIr[] {
  const { accessLogFile, accessLogFormat, accessLogEncoding } = mesh;
  if (accessLogFile === '') return [];
  const format: AccessLogIr['format'] =
    accessLogEncoding === 'JSON'
      ? { kind: 'json', fields: fieldsOf(parsed(accessLogFormat)) ?? istioJsonFields }
      : { kind: 'text', line: accessLogFormat === '' ? istioLogLine : withoutEnd(accessLogFormat) };
  return [{ path: accessLogFile, format: usable(format, 'MeshConfig', report), omitEmpty: false }];
}

/** Lines get their line feed when they are written. */
function withoutEnd(text: string): string {
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}

/** Undefined for what is no object, or has nothing in it: Istio's fields count then. */
function fieldsOf(value: unknown): LogFieldsIr | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  const fields: Record<string, LogFieldsIr[string]> = {};
  for (const [key, field] of Object.entries(value) as [string, unknown][]) {
    const read = isPlain(field) ? field : fieldsOf(field);
    if (read !== undefined) fields[key] = read;
  }
  return Object.keys(fields).length === 0 ? undefined : fields;
}

function isPlain(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
