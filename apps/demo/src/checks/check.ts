import type { LoadGenerator } from '../load/load-generator.ts';
import type { SampleStats } from '../services/sample-service.ts';

/** Golden signals of one service pair, as policy-telemetry tells them. */
export interface SignalRow {
  readonly reporter: string;
  readonly sourceWorkload: string;
  readonly destinationService: string;
  readonly requests: number;
  readonly requestsByCode: Readonly<Record<string, number>>;
}

/** The running mesh, as checks see it: from the outside, like a user. */
export interface DemoMesh {
  readonly load: LoadGenerator;
  /** Where the load generator's own proxy takes requests for a service, such as `http://127.0.0.1:20001`. */
  urlOf(service: string): string;
  /** Where the gateway takes requests from outside. */
  readonly gatewayUrl: string;
  /** Applies a file of `config/` and returns when every proxy has acknowledged it. */
  apply(file: string): Promise<void>;
  /** Asks a workload's application directly, past its proxy. */
  statsOf(workload: string): Promise<SampleStats>;
  signals(): Promise<readonly SignalRow[]>;
}

/** One promise of the mesh, shown by traffic. */
export interface Check {
  readonly title: string;
  /** Resolves to what was measured. @throws CheckFailed */
  run(mesh: DemoMesh): Promise<string>;
}

/** The mesh did not do what it promises. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
}

/** @throws CheckFailed unless the condition holds */
export function expect(condition: boolean, message: string): asserts condition {
  if (!condition) throw new CheckFailed(message);
}

/** A field of a JSON body; undefined when the body is none or lacks it. */
export function fieldOf(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
}

/** How often each value occurs, such as `200 x 98, 503 x 2`. */
export function tally(values: readonly unknown[]): string {
  const counts = new Map<unknown, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, count]) => `${String(value)} x ${count}`).join(', ');
}
