import type { SpanExporterConfig } from '@malla/proxy-config';
import type { Deadlines } from '../http/stream/deadlines.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { SpanExporter } from './span-exporter.ts';

const exporters = new WeakMap<WorkerServices, Map<string, SpanExporter>>();

/** The exporter of a worker with these settings; connection managers with the same ones share it, and so do versions of them. */
export function exporterOf(config: SpanExporterConfig, services: WorkerServices, deadlines: Deadlines): SpanExporter {
  const known = exporters.get(services) ?? new Map<string, SpanExporter>();
  exporters.set(services, known);
  const key = JSON.stringify(config);
  const exporter = known.get(key) ?? new SpanExporter(config, services, deadlines);
  known.set(key, exporter);
  return exporter;
}
