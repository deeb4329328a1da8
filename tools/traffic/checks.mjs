// What the sample's traffic shows, through the gateway: the same with docker-compose (tools/compose) and on Kubernetes (tools/test-k8s).
import { expect, likely, waitUntil } from './waiting.mjs';

const ID = 'spiffe://cluster.local/ns';

/** A request to the gateway; status 0 when there is no answer within 5 s. */
export async function call(url, options = {}) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000), ...options });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parsed(text) };
  } catch (error) {
    return { status: 0, headers: new Headers(), text: String(error.cause ?? error), body: undefined };
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Complaint unless a page with all its parts comes. */
export async function pageComplaint(base) {
  const { status, text, body } = await call(`${base}/productpage`);
  if (status !== 200) return `productpage answers ${status} ${text.slice(0, 200)}`;
  if (body.details.status !== 200) return `details answers ${JSON.stringify(body.details).slice(0, 200)}`;
  if (body.reviews.status !== 200) return `reviews answers ${JSON.stringify(body.reviews).slice(0, 200)}`;
  const ratings = body.reviews.body.ratings;
  return ratings === undefined || ratings.status === 200 ? undefined : `ratings answers ${JSON.stringify(ratings)}`;
}

async function versions(base, count, headers = {}) {
  const seen = {};
  for (let i = 0; i < count; i++) {
    const { status, body, text } = await call(`${base}/productpage`, { headers });
    const version = body?.reviews?.body?.version;
    expect(status === 200 && version !== undefined, `productpage answers ${status} ${text.slice(0, 300)}`);
    seen[version] = (seen[version] ?? 0) + 1;
  }
  return seen;
}

/** Where checks run: `script` gives the output of JavaScript that runs in a service, named as in docker-compose.yml. @typedef {{script: (service: string, text: string) => Promise<string>}} Runner */
/** A check: its title, and what it measured. */
/** @typedef {{title: string, run: (stack: import('./checks.mjs').Runner, base: string) => Promise<string>}} Check */

/** @param {number} share of reviews v2 @returns {Check} */
export const weights = (share) => ({
  title: `reviews v2 gets ${share * 100} of 100 requests, v1 the others`,
  async run(_stack, base) {
    const count = 200;
    const seen = await versions(base, count);
    const [low, high] = likely(count, share);
    const second = seen.v2 ?? 0;
    const figures = `v1 x ${seen.v1 ?? 0}, v2 x ${second}, v3 x ${seen.v3 ?? 0}`;
    expect(
      second >= low && second <= high && !seen.v3,
      `${figures}; v2 expected ${low.toFixed()} to ${high.toFixed()}`,
    );
    return figures;
  },
});

/** @type {Check} */
export const headerRoute = {
  title: 'the user jason gets reviews v3',
  async run(_stack, base) {
    const seen = await versions(base, 20, { 'end-user': 'jason' });
    expect(seen.v3 === 20, JSON.stringify(seen));
    return 'v3 x 20';
  },
};

/** @type {Check} */
export const mutualTls = {
  title: 'callees see who calls by mutual TLS, and plain text is refused',
  async run(stack, base) {
    const { body } = await call(`${base}/productpage`);
    const [first, second] = [body?.caller, body?.details?.body?.caller];
    expect(first === `${ID}/istio-ingress/sa/istio-ingressgateway`, `productpage saw ${first}`);
    expect(second === `${ID}/bookinfo/sa/productpage`, `details saw ${second}`);
    // The load generator has no proxy.
    const plain = await stack.script(
      'load-generator',
      `await fetch('http://details:9080/details/0').then(({ status }) => console.log('answered', status), (error) => console.log('refused', error.cause?.code ?? error.message))`,
    );
    expect(plain.startsWith('refused'), `a caller without a certificate was ${plain}`);
    return `${first}, ${second}; plain text: ${plain}`;
  },
};

/** @type {Check} */
export const denial = {
  title: 'policies deny: ratings to the gateway, DELETE to everybody',
  async run(_stack, base) {
    const ratings = await call(`${base}/ratings/0`);
    const remove = await call(`${base}/details/0`, { method: 'DELETE' });
    const read = await call(`${base}/details/0`);
    const figures = `GET /ratings/0 ${ratings.status}, DELETE /details/0 ${remove.status}, GET /details/0 ${read.status}`;
    expect(ratings.status === 403 && remove.status === 403 && read.status === 200, figures);
    return figures;
  },
};

/** @type {Check} */
export const rateLimit = {
  title: 'the gateway lets ten requests a second through for each user, and refuses more with 429',
  async run(_stack, base) {
    const [burst, limit] = [60, 10];
    const since = Date.now();
    const ask = (user) => call(`${base}/details/0`, { headers: { 'end-user': user } });
    const answers = await Promise.all(Array.from({ length: burst }, () => ask('hasty')));
    const seconds = (Date.now() - since) / 1000;
    const [passed, refused] = [200, 429].map((code) => answers.filter(({ status }) => status === code).length);
    const other = (await ask('patient')).status;
    const figures = `${passed} of ${burst} passed in ${seconds.toFixed(2)} s, ${refused} refused; another user gets ${other}`;
    // A window slides: within t seconds no more than the limit for each window that was begun.
    const most = limit * (Math.floor(seconds) + 2);
    expect(passed >= limit * 0.9 && passed <= most && passed + refused === burst && other === 200, figures);
    expect(refused > 0, figures);
    return figures;
  },
};

/** @type {Check} */
export const egress = {
  title: 'what lies outside is reached by the egress gateway, unknown to the application',
  async run(stack) {
    const text = await stack.script(
      'productpage-v1-app',
      `const response = await fetch('http://outside.example/details/0', { signal: AbortSignal.timeout(5000) });
       console.log(response.status, response.headers.get('x-served-by'));`,
    );
    expect(text === '200 details-v1', text);
    return text;
  },
};

/** Runs a check, again and again until it holds: configuration takes a moment to arrive. */
export async function hold(check, stack, base, seconds = 60) {
  let measured = '';
  await waitUntil(
    async () => {
      measured = await check.run(stack, base);
      return undefined;
    },
    { seconds },
  );
  console.log(`✓ ${check.title}\n    ${measured}`);
}
