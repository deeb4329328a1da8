import { request } from 'node:http';
import { expect, fieldOf, tally, type Check } from './check.ts';

const loadgenId = 'spiffe://cluster.local/ns/bookinfo/sa/loadgen';

/** The callee sees who calls, by certificate. */
export const peerIdentity: Check = {
  title: "details sees the caller's mutual-TLS identity",
  async run(mesh) {
    const responses = await mesh.load.run({
      service: 'details',
      url: `${mesh.urlOf('details')}/details/0`,
      requests: 10,
    });
    const callers = responses.map((r) => fieldOf(r.body, 'caller'));
    expect(
      callers.every((caller) => caller === loadgenId),
      `details saw ${tally(callers)}`,
    );
    return loadgenId;
  },
};

/** A request that a policy denies never reaches the service. */
export const denial: Check = {
  title: 'a request that policy denies gets 403 and never reaches details',
  async run(mesh) {
    await mesh.apply('ratings-authorization.yaml');
    const before = await mesh.statsOf('details-v1');
    const url = `${mesh.urlOf('details')}/details/0`;
    const denied = await mesh.load.run({ service: 'details', url, requests: 20, method: 'DELETE' });
    expect(
      denied.every((r) => r.status === 403),
      `DELETE answered ${tally(denied.map((r) => r.status))}`,
    );
    const after = await mesh.statsOf('details-v1');
    expect(after.requests === before.requests, `${after.requests - before.requests} denied requests reached details`);
    const allowed = await mesh.load.run({ service: 'details', url, requests: 20 });
    expect(
      allowed.every((r) => r.status === 200),
      `GET answered ${tally(allowed.map((r) => r.status))}`,
    );
    return `DELETE: ${tally(denied.map((r) => r.status))}; GET: ${tally(allowed.map((r) => r.status))}`;
  },
};

/** Plain text is refused where mutual TLS is STRICT. */
export function plainTextRefused(inboundUrl: string): Check {
  return {
    title: 'a caller without a certificate is refused',
    async run() {
      const outcome = await plainRequest(`${inboundUrl}/details/0`);
      expect(outcome !== '200', 'details answered a plain-text request');
      return outcome;
    },
  };
}

function plainRequest(url: string): Promise<string> {
  return new Promise((resolve) => {
    const call = request(url, { timeout: 5000 }, (response) => {
      response.resume();
      resolve(String(response.statusCode));
    });
    call.on('timeout', () => call.destroy(new Error('no response')));
    call.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    call.end();
  });
}
