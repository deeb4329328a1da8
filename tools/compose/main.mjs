// `npm run test:compose`: docker-compose.yml on a real Docker engine, under a name and on ports of its own. Ends what it started.
import net from 'node:net';
import { parseArgs } from 'node:util';
import { needDocker, dockerText } from '../images/docker.mjs';
import { APPS, imageName } from '../images/apps.mjs';
import { SetupError, say } from '../setup/report.mjs';
import { healthComplaint, killEach } from './kills.mjs';
import { expectKept, keptData } from './kept.mjs';
import { findCompose, Stack } from './stack.mjs';
import { denial, egress, headerRoute, hold, mutualTls, pageComplaint, rateLimit, weights } from '../traffic/checks.mjs';
import { waitUntil } from '../traffic/waiting.mjs';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const USAGE = `usage: npm run test:compose -- [--data-plane builtin,envoy] [--kill SERVICE,... | none] [--patience FACTOR] [--keep]
  --data-plane  which of them the sidecars and gateways run, one after the other (default: both)
  --kill        not each container in turn (with the second data plane: workloads and gateways only)
  --patience    multiplies every bound of time, for busy machines (default: 1)
  --keep        leave the last installation running`;

/** Seconds from nothing to everything healthy, with the images there. */
const START_SECONDS = 180;

/** Services that end when they have done their work. */
const ONE_SHOTS = ['prepare-volumes', 'sample-configuration'];

const CONTROL_PLANE = [
  'postgres',
  'redis',
  'certificate-authority',
  'config-api',
  'discovery',
  'policy-telemetry',
  'join-tokens',
];

/** @param {import('../setup/context.mjs').SetupContext} context @param {string[]} args @returns {Promise<number>} exit code */
export async function testCompose({ root, env }, args) {
  const options = readOptions(args);
  if (typeof options === 'number') return options;
  await needDocker(env);
  const command = await findCompose(env);
  needImages(root, env);
  let passed = 0;
  for (const [index, dataPlane] of options.dataPlanes.entries()) {
    const ports = await freePorts(6);
    const base = `http://127.0.0.1:${ports[0]}`;
    const variables = ['GATEWAY_HTTP', 'GATEWAY_HTTPS', 'API', 'PROMETHEUS', 'GRAFANA', 'JAEGER'].map((name, i) => [
      `MALLA_${name}_PORT`,
      String(ports[i]),
    ]);
    const stack = new Stack({
      command,
      root,
      project: `malla-test-${process.pid}-${index}`,
      env: { ...env, ...Object.fromEntries(variables), MALLA_DATA_PLANE: dataPlane },
    });
    const isLast = index === options.dataPlanes.length - 1;
    const end = onInterrupt(() => stack.remove());
    try {
      console.log(
        `\n${dataPlane === 'envoy' ? 'Envoy' : 'The built-in data plane'} in sidecars and gateways, ${stack.project}, ${base}`,
      );
      await testOne(stack, base, { ...options, isFirst: index === 0 });
      passed += 1;
    } catch (error) {
      console.log(`✗ ${error.message}`);
      await stack.showLogs();
    } finally {
      end();
      if (!(options.keep && isLast)) await stack.remove();
    }
  }
  const failed = options.dataPlanes.length - passed;
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

async function testOne(stack, base, { patience, kill, isFirst }) {
  const started = Date.now();
  const untilWell = async () => {
    await waitUntil(() => healthComplaint(stack, ONE_SHOTS), { seconds: START_SECONDS * patience, everyMs: 1000 });
    await waitUntil(() => pageComplaint(base), { seconds: 60 * patience });
  };
  const up = async () => {
    await stack.compose('up', '-d');
    await untilWell();
  };
  await up();
  console.log(`✓ from nothing to healthy, with a page through the gateway, in ${seconds(started)} s`);
  for (const check of [weights(0.1), headerRoute, mutualTls, denial, rateLimit, egress])
    await hold(check, stack, base, 60 * patience);

  // Something of the user's own, which is no part of the files that the installation begins with.
  await stack.apply(halves);
  await hold(weights(0.5), stack, base, 60 * patience);
  const before = await keptData(stack);
  const again = async (title, action) => {
    const since = Date.now();
    await action();
    expectKept(before, await keptData(stack), title);
    await hold(weights(0.5), stack, base, 60 * patience);
    console.log(
      `✓ ${title} keeps objects with their versions, history and roots; healthy again after ${seconds(since)} s`,
    );
  };
  await again('stop and start', async () => {
    await stack.compose('stop');
    await stack.compose('start');
    await untilWell();
  });
  if (isFirst) {
    await again('down and up', async () => {
      await stack.compose('down');
      await up();
    });
  }
  if (kill === 'none') return;
  const only =
    kill ??
    (isFirst
      ? undefined
      : (await stack.containers()).map(({ service }) => service).filter((name) => !CONTROL_PLANE.includes(name)));
  await killEach(stack, base, { oneShots: ONE_SHOTS, patience, ...(only && { only }) });
  expectKept(before, await keptData(stack), 'kills');
  await hold(mutualTls, stack, base, 60 * patience);
}

const halves = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews, namespace: bookinfo }
spec:
  hosts: [reviews]
  http:
    - route:
        - { destination: { host: reviews, subset: v1 }, weight: 50 }
        - { destination: { host: reviews, subset: v2 }, weight: 50 }
`;

const seconds = (since) => ((Date.now() - since) / 1000).toFixed(1);

function readOptions(args) {
  const known = {
    'data-plane': { type: 'string' },
    kill: { type: 'string' },
    patience: { type: 'string' },
    keep: { type: 'boolean' },
    help: { type: 'boolean' },
  };
  try {
    const { values } = parseArgs({ args, options: known });
    if (values.help) {
      console.log(USAGE);
      return 0;
    }
    const dataPlanes = (values['data-plane'] ?? 'builtin,envoy').split(',');
    if (!dataPlanes.every((name) => ['builtin', 'envoy'].includes(name)))
      throw new Error('--data-plane must be builtin, envoy or both');
    const patience = Number(values.patience ?? 1);
    if (!(patience >= 1)) throw new Error('--patience must be a number of at least 1');
    const kill = values.kill === undefined || values.kill === 'none' ? values.kill : values.kill.split(',');
    return { dataPlanes, patience, kill, keep: values.keep === true };
  } catch (error) {
    say(`${error.message}\n${USAGE}`);
    return 64;
  }
}

function needImages(root, env) {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const missing = Object.keys(APPS)
    .map((app) => imageName(app, env.MALLA_VERSION ?? version))
    .filter((name) => dockerText(['image', 'inspect', '--format', '{{.Id}}', name], env) === undefined);
  if (missing.length > 0)
    throw new SetupError(`These images are not there: ${missing.join(', ')}`, 'Run npm run images first.');
}

/** Ports of 127.0.0.1 that nobody has at this moment. */
async function freePorts(count) {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((resolve) => {
          const server = net.createServer().listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Cleans up when the test is interrupted. @returns what undoes that */
function onInterrupt(clean) {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const handler = () => void clean().finally(() => process.exit(130));
  for (const signal of signals) process.once(signal, handler);
  return () => signals.forEach((signal) => process.off(signal, handler));
}
