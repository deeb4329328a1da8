// What a request through the gateway shows: weights, a route by header, mutual TLS, a denial.
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';

/** Runs every check; the first one waits until the routes are there. @throws Error that tells what did not hold */
export async function checkTraffic({ url, cluster, signal, settleMs }) {
  await until({ what: 'the gateway answers /productpage with every part', settleMs, signal }, async () => {
    const { status, body } = await get(`${url}/productpage`);
    return status === 200 && body.details.status === 200 && body.reviews.status === 200;
  });
  await until({ what: 'ratings is closed to the gateway', settleMs, signal }, async () => {
    const { status } = await get(`${url}/ratings/0`);
    return status === 403;
  });
  await expectVersions({ url, requests: 300, expected: { v1: [0.82, 0.97], v2: [0.03, 0.18] } });
  await expectVersions({ url, requests: 30, headers: { 'end-user': 'jason' }, expected: { v3: [1, 1] } });
  await expectIdentities(url);
  await expectPlaintextRefused(cluster);
}

/** Shares of the versions of reviews that answer: `{ v1: [least, most] }`; others must not answer at all. */
export async function expectVersions({ url, requests, headers = {}, expected }) {
  const counts = {};
  for (let sent = 0; sent < requests; sent += 1) {
    const { status, body } = await get(`${url}/productpage`, headers);
    const version = status === 200 ? (body.reviews.body.version ?? `reviews ${body.reviews.status}`) : String(status);
    counts[version] = (counts[version] ?? 0) + 1;
  }
  const told = `of ${requests} requests ${JSON.stringify(headers)}: ${JSON.stringify(counts)}`;
  for (const version of Object.keys(counts))
    if (!(version in expected)) throw new Error(`${version} answered, ${told}`);
  for (const [version, [least, most]] of Object.entries(expected)) {
    const share = (counts[version] ?? 0) / requests;
    if (share < least || share > most)
      throw new Error(`${version} answered ${share}, wanted ${least} to ${most}, ${told}`);
  }
}

/** Each service saw its caller's identity, which only mutual TLS proves. */
async function expectIdentities(url) {
  const { body } = await get(`${url}/productpage`);
  const account = (namespace, name) => `spiffe://cluster.local/ns/${namespace}/sa/${name}`;
  const seen = { productpage: body.caller, details: body.details.body.caller, reviews: body.reviews.body.caller };
  const wanted = {
    productpage: account('istio-ingress', 'istio-ingressgateway'),
    details: account('bookinfo', 'productpage'),
    reviews: account('bookinfo', 'productpage'),
  };
  for (const [service, caller] of Object.entries(wanted))
    if (seen[service] !== caller) throw new Error(`${service} saw caller ${seen[service]}, wanted ${caller}`);
}

/** A pod outside the mesh calls details without TLS: the connection must end without an answer. */
async function expectPlaintextRefused(cluster) {
  const script = `fetch('http://details.bookinfo:9080/details/0').then((r) => console.log('answered', r.status), (e) => console.log('refused', e.cause?.code))`;
  const { items } = await cluster.get('deployment', '-n', 'bookinfo', '-l', 'app=details');
  const { image } = items[0].spec.template.spec.containers.at(-1);
  const output = await cluster.run(
    ...['run', 'outsider', '-n', 'default', '--image', image, '--image-pull-policy=IfNotPresent', '--restart=Never'],
    ...['--rm', '--attach', '--quiet', '--command', '--', 'node', '-e', script],
  );
  if (!/refused (ECONNRESET|UND_ERR_SOCKET)/.test(output)) throw new Error(`plain text to details: ${output.trim()}`);
}

async function get(url, headers = {}) {
  const { statusCode: status, body } = await request(url, { headers, signal: AbortSignal.timeout(10_000) });
  const text = await body.text();
  return { status, body: status === 200 ? JSON.parse(text) : text };
}

async function until({ what, settleMs, signal }, condition) {
  const deadline = Date.now() + settleMs;
  let last;
  for (;;) {
    try {
      if (await condition()) return;
      last = 'it does not hold yet';
    } catch (error) {
      last = error.message;
    }
    if (Date.now() > deadline) throw new Error(`${what}: not within ${settleMs / 1000} s: ${last}`);
    await sleep(250, undefined, { signal });
  }
}
