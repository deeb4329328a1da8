import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bool, choice, formatProblems, loadSettings, processInput, setting } from '@malla/settings';
import pc from 'picocolors';
import type { Check } from './checks/check.ts';
import { ingress } from './checks/gateway.ts';
import { apiKeys, rateLimit } from './checks/policy.ts';
import { ejection, retries } from './checks/resilience.ts';
import { callTree, headerRouting, weightedSplit } from './checks/routing.ts';
import { denial, peerIdentity, plainTextRefused } from './checks/security.ts';
import { goldenSignals } from './checks/telemetry.ts';
import { Environment } from './mesh/environment.ts';
import { RunningMesh } from './mesh/running-mesh.ts';

const spec = {
  once: setting({
    env: 'MALLA_ONCE',
    schema: bool(),
    default: 'false',
    description: 'End after the checks, with 0 when all hold.',
  }),
  dataPlane: setting({
    env: 'MALLA_DATA_PLANE',
    schema: choice(['builtin', 'envoy']),
    default: 'builtin',
    description: 'What runs beside each workload.',
  }),
  keep: setting({
    env: 'MALLA_KEEP',
    schema: bool(),
    default: 'false',
    description: 'Keep the folder of the run, with its logs.',
  }),
};

/** Somebody pressed Ctrl+C. */
class Interrupted extends Error {}

const loaded = loadSettings(spec, processInput());
if (loaded.kind === 'help') {
  process.stdout.write(
    `The sample mesh: control plane, bookinfo-shaped services, load generator, and checks by traffic.\n\n${loaded.text}`,
  );
} else if (loaded.kind === 'problems') {
  process.stderr.write(`${formatProblems(loaded.problems)}\n`);
  process.exitCode = 64;
} else {
  process.exitCode = await demo(loaded.values);
}

/** Runs the demo; resolves to its exit code. */
async function demo(options: {
  readonly once: boolean;
  readonly dataPlane: string;
  readonly keep: boolean;
}): Promise<number> {
  const workspace = path.resolve(import.meta.dirname, '../../..');
  const folder = mkdtempSync(path.join(tmpdir(), 'malla-demo-'));
  chmodSync(folder, 0o711);
  const environment = new Environment(folder, workspace);
  const interrupted = interruption();
  let keep = options.keep;
  try {
    const startedAt = Date.now();
    const mesh = await orInterrupted(
      RunningMesh.start({ environment, dataPlane: options.dataPlane, progress: step }),
      interrupted,
    );
    step(`ready after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
    const failures = await orInterrupted(runChecks(mesh), interrupted);
    if (failures > 0) keep = true;
    if (!options.once) await showAndWait(mesh, interrupted);
    mesh.load.close();
    return failures === 0 ? 0 : 1;
  } catch (error) {
    if (error instanceof Interrupted) return 130;
    keep = true;
    process.stderr.write(`${pc.red('✗')} ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    await environment.stopAll();
    if (keep) step(`logs are in ${environment.path('logs')}`);
    else rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs every check in order; resolves to how many failed. Golden signals come last: they count all the others. */
async function runChecks(mesh: RunningMesh): Promise<number> {
  const details = mesh.workloads.get('details-v1')?.inboundUrl ?? '';
  const checks: readonly Check[] = [
    weightedSplit,
    headerRouting,
    peerIdentity,
    plainTextRefused(details),
    denial,
    rateLimit,
    apiKeys,
    retries,
    callTree,
    ingress,
    ejection,
    goldenSignals,
  ];
  let failures = 0;
  for (const check of checks) {
    try {
      const measured = await check.run(mesh);
      process.stdout.write(`${pc.green('✓')} ${check.title}\n    ${pc.dim(measured)}\n`);
    } catch (error) {
      failures += 1;
      process.stdout.write(
        `${pc.red('✗')} ${check.title}\n    ${error instanceof Error ? error.message : String(error)}\n`,
      );
    }
  }
  process.stdout.write(`${checks.length - failures} of ${checks.length} checks hold\n`);
  return failures;
}

async function showAndWait(mesh: RunningMesh, interrupted: Promise<never>): Promise<void> {
  const lines = [
    'The mesh is running. Try, in another terminal:',
    `  export KUBECONFIG=${mesh.controlPlane.kubeconfig}`,
    '  npm run -s mallactl -- proxy-status',
    '  npm run -s mallactl -- get virtualservices -n bookinfo',
    `  curl ${mesh.urlOf('productpage')}/productpage`,
    `  curl -H 'host: bookinfo.example' ${mesh.gatewayUrl}/productpage`,
    `  curl -H 'end-user: jason' ${mesh.urlOf('reviews')}/reviews/0`,
    `  curl ${mesh.controlPlane.telemetryUrl}/api/v1/signals`,
    'What to do with it: docs/guides/getting-started.md. Ctrl+C ends it.',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  await interrupted.catch(() => undefined);
}

function interruption(): Promise<never> {
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => reject(new Interrupted()));
  });
  interrupted.catch(() => undefined);
  return interrupted;
}

function orInterrupted<T>(work: Promise<T>, interrupted: Promise<never>): Promise<T> {
  return Promise.race([work, interrupted]);
}

function step(text: string): void {
  process.stderr.write(`${pc.dim('·')} ${text}\n`);
}
