import type { TelemetryIr } from '@malla/ir';
import type { Telemetry } from '@malla/model';
import type { Labels, MeshSnapshot } from '@malla/snapshot';
import { originOf, type Diagnostic } from '../diagnostics.ts';
import type { SliceMemo } from '../memo.ts';
import { resolveAccessLogging } from './access-logging.ts';
import { applicableTelemetries, type TelemetryMode } from './applicable.ts';
import { resolveMetrics } from './metrics.ts';
import { telemetryProviders, type TelemetryProvider } from './providers.ts';
import { resolveTracing } from './tracing.ts';

/** What is traced, measured and logged of a workload's traffic, by direction. */
export interface ProxyTelemetry {
  /** Of what it sends; of everything that passes a gateway. */
  readonly client: TelemetryIr;
  /** Of what it gets. */
  readonly server: TelemetryIr;
  readonly diagnostics: readonly Diagnostic[];
}

/** The telemetry of a workload; the identical object for all workloads with equal policies, and its halves wherever they say the same. */
export function takeTelemetry(
  memo: SliceMemo,
  snapshot: MeshSnapshot,
  workload: { readonly namespace: string; readonly labels: Labels },
): ProxyTelemetry {
  const { mesh } = snapshot;
  const telemetries = applicableTelemetries(snapshot, workload);
  const providers = telemetryProviders(snapshot, workload.namespace);
  const inputs = [
    ...[mesh.extensionProviders, mesh.defaultProviders, mesh.tracing],
    ...[mesh.accessLogFile, mesh.accessLogFormat, mesh.accessLogEncoding],
    ...telemetries,
    '',
    ...providers.map(({ service }) => service),
  ];
  return memo.take('telemetry', workload.namespace, inputs, () =>
    resolveTelemetry(memo, mesh, { telemetries, providers }),
  );
}

interface TelemetryParts {
  readonly telemetries: readonly Telemetry[];
  readonly providers: readonly TelemetryProvider[];
}

function resolveTelemetry(memo: SliceMemo, mesh: MeshSnapshot['mesh'], parts: TelemetryParts): ProxyTelemetry {
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic): void => {
    if (!diagnostics.some(({ message }) => message === diagnostic.message)) diagnostics.push(diagnostic);
  };
  const half = (mode: TelemetryMode): TelemetryIr => {
    const inputs = { mesh, ...parts, mode, report };
    const tracing = resolveTracing(inputs);
    const metrics = resolveMetrics(inputs);
    const telemetry: TelemetryIr = {
      ...(tracing === undefined ? {} : { tracing }),
      ...(metrics === undefined ? {} : { metrics }),
      accessLogs: resolveAccessLogging(inputs),
      origins: parts.telemetries.map(originOf),
    };
    // A change that comes to the same must not make listeners anew.
    return memo.take('telemetry', JSON.stringify(telemetry), [], () => telemetry);
  };
  return { client: half('CLIENT'), server: half('SERVER'), diagnostics };
}
