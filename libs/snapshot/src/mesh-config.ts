import { parseDuration, type MeshConfig, type MeshConfigSpec } from '@malla/model';
import { builtInProviders, type MeshOptions, type NamedProvider } from './mesh-options.ts';

/**
 * The options that hold: those of the start, and above them what the oldest MeshConfig says. A block is taken field by field, so that one
 * which names only `retryOn` keeps the default `attempts`. Every field that says the same as before is the identical one, and so is the whole.
 */
export function meshOptionsOf(start: MeshOptions, config: MeshConfig | undefined, before: MeshOptions): MeshOptions {
  const wanted: MeshOptions = config?.spec === undefined ? start : { ...start, ...optionsIn(config.spec, start) };
  const kept = Object.fromEntries(
    Object.entries(wanted).map(([field, value]) => {
      const was = before[field as keyof MeshOptions];
      return [field, JSON.stringify(was) === JSON.stringify(value) ? was : value];
    }),
  ) as unknown as MeshOptions;
  const fields = Object.keys(kept) as (keyof MeshOptions)[];
  return fields.every((field) => kept[field] === before[field]) ? before : kept;
}

function optionsIn(spec: MeshConfigSpec, start: MeshOptions): Omit<MeshOptions, StartOnly> {
  const { connectTimeout, defaultHttpRetryPolicy: retry, outboundTrafficPolicy, defaultProviders } = spec;
  return {
    trustDomainAliases: spec.trustDomainAliases ?? start.trustDomainAliases,
    connectTimeoutMs:
      (connectTimeout === undefined ? undefined : parseDuration(connectTimeout)) ?? start.connectTimeoutMs,
    defaultRetry: {
      attempts: retry?.attempts ?? start.defaultRetry.attempts,
      retryOn: textOr(retry?.retryOn, start.defaultRetry.retryOn),
    },
    // ALLOW_ANY_DYNAMIC_DNS is not enforced yet: libs/enforcement has taken it away.
    outboundTrafficPolicy: outboundTrafficPolicy?.mode === 'REGISTRY_ONLY' ? 'REGISTRY_ONLY' : 'ALLOW_ANY',
    extensionProviders: spec.extensionProviders === undefined ? start.extensionProviders : named(spec),
    defaultProviders: {
      tracing: defaultProviders?.tracing ?? start.defaultProviders.tracing,
      metrics: defaultProviders?.metrics ?? start.defaultProviders.metrics,
      accessLogging: defaultProviders?.accessLogging ?? start.defaultProviders.accessLogging,
    },
    enableTracing: spec.enableTracing ?? start.enableTracing,
    accessLogFile: spec.accessLogFile ?? start.accessLogFile,
    accessLogFormat: spec.accessLogFormat ?? start.accessLogFormat,
    accessLogEncoding: spec.accessLogEncoding ?? start.accessLogEncoding,
    tracing: spec.defaultConfig?.tracing ?? start.tracing,
  };
}

/** What identities and names are made of: services and certificates have it from their settings, so an object cannot change it. */
type StartOnly = 'trustDomain' | 'rootNamespace' | 'domainSuffix';

function textOr(text: string | undefined, otherwise: string): string {
  return text === undefined || text === '' ? otherwise : text;
}

function named({ extensionProviders = [] }: MeshConfigSpec): readonly NamedProvider[] {
  const byName = new Map<string, NamedProvider>();
  for (const provider of [...extensionProviders, ...builtInProviders]) {
    const { name } = provider;
    if (name !== undefined && name !== '' && !byName.has(name)) byName.set(name, { ...provider, name });
  }
  return [...byName.values()];
}
