import { request } from 'node:http';
import { expect, fieldOf, type Check } from './check.ts';

const gatewayId = 'spiffe://cluster.local/ns/bookinfo/sa/gateway';
const host = 'bookinfo.example';

/** Requests from outside come in through the gateway, and only those that its routes name. */
export const ingress: Check = {
  title: 'a request from outside comes in through the gateway, by its routes alone',
  async run(mesh) {
    await mesh.apply('gateway.yaml');
    const page = await call(`${mesh.gatewayUrl}/productpage`, host);
    expect(page.status === 200, `the page answered ${page.status}`);
    const caller = fieldOf(page.body, 'caller');
    expect(caller === gatewayId, `productpage saw ${String(caller)}`);
    const elsewhere = await call(`${mesh.gatewayUrl}/details/0`, host);
    expect(elsewhere.status === 404, `a path without a route answered ${elsewhere.status}`);
    const stranger = await call(`${mesh.gatewayUrl}/productpage`, 'other.example');
    expect(stranger.status === 404, `a host that no Gateway has answered ${stranger.status}`);
    return `/productpage of ${host}: 200, called by ${gatewayId}; another path: 404; another host: 404`;
  },
};

interface Answer {
  /** 0 without an answer. */
  readonly status: number;
  readonly body: unknown;
}

/** One request that is not counted as the load generator's: it is not in the mesh. */
function call(url: string, authority: string): Promise<Answer> {
  return new Promise((resolve) => {
    const sent = request(url, { headers: { host: authority }, agent: false, timeout: 10_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks)) }));
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', (error) => resolve({ status: 0, body: String(error) }));
    sent.end();
  });
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return body.toString();
  }
}
