// What an installation must not lose: stopped and started again, removed and made again.
import { expect } from '../traffic/waiting.mjs';

/** Everything that is configured, with its versions; the history of one object; the roots of the mesh. */
export async function keptData(stack) {
  const listed = JSON.parse(
    await stack.mallactl('get', 'virtualservices,destinationrules,services,gateways', '-A', '-o', 'json'),
  );
  const objects = (listed.items ?? [listed]).map(
    ({ kind, metadata: { namespace, name, uid, resourceVersion } }) =>
      `${kind} ${namespace}/${name} ${uid} ${resourceVersion}`,
  );
  const history = await stack.mallactl('history', 'virtualservice/reviews', '-n', 'bookinfo');
  const roots = await stack.script(
    'discovery',
    `const { readFileSync } = await import('node:fs'); console.log(readFileSync('/var/run/malla/handover/root-cert.pem', 'utf8'))`,
  );
  expect(
    objects.length > 5 && history.split('\n').length > 2 && roots.includes('BEGIN CERTIFICATE'),
    'there is nothing to keep',
  );
  return { objects: objects.sort(), history, roots };
}

/** Throws with the first thing that differs. */
export function expectKept(before, after, what) {
  for (const [name, value] of Object.entries(before)) {
    const same = JSON.stringify(value) === JSON.stringify(after[name]);
    expect(same, `${what}: ${name} differ\n${JSON.stringify(value, null, 1)}\n${JSON.stringify(after[name], null, 1)}`);
  }
}
