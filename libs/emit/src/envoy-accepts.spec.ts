import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { InboundIr, RouteConfigIr } from '@malla/ir';
import {
  findEnvoy,
  sampleForward,
  sampleOutbound,
  sampleRoute,
  sampleRouteConfig,
  staticBootstrap,
  TemporaryFolder,
} from '@malla/testkit';
import { arbitraryProxy, type ArbitraryProxy } from '@malla/testkit/arbitrary-ir';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Emitter } from './emitter.ts';

const envoy = findEnvoy();

const noInbound: InboundIr = {
  ports: [],
  passthrough: { mutualTls: 'disable', authorization: { deny: [] } },
  trustDomains: ['cluster.local'],
};

/** Envoy's complaint about a bootstrap, deprecated fields included; undefined when it accepts it. */
function complaint(bootstrap: Uint8Array): Promise<string | undefined> {
  const folder = new TemporaryFolder();
  const file = folder.join('bootstrap.pb');
  writeFileSync(file, bootstrap);
  const args = ['--mode', 'validate', '-c', file, '--use-dynamic-base-id', '--log-level', 'warn'];
  return new Promise((resolve) => {
    execFile(envoy as string, args, (error, _stdout, stderr) => {
      folder[Symbol.dispose]();
      resolve(error ? stderr || error.message : /.*deprecated.*/i.exec(stderr)?.[0]);
    });
  });
}

function emit(proxy: ArbitraryProxy) {
  return new Emitter().emit({ ...proxy, dataPlane: 'envoy', trustDomain: 'cluster.local' });
}

describe.skipIf(!envoy)('a real Envoy', () => {
  it('refuses what is wrong, so that its acceptance means something', async () => {
    const outbound = sampleOutbound([{ name: 'a', port: 80, endpoints: [] }]);
    const [config] = outbound.routeConfigs as [RouteConfigIr];
    const match = { path: { kind: 'regex' as const, value: '(', ignoreCase: false }, headers: [], queryParameters: [] };
    const routes = [sampleRoute(sampleForward({ a: 1 }), { match })];
    const broken = { ...outbound, routeConfigs: [sampleRouteConfig('a', 80, routes)] };
    const bind = { address: '127.0.0.1', port: 1 };
    const listeners = [{ kind: 'outbound-http' as const, name: 'l', bind, bindToPort: true, routeConfig: config.name }];
    expect(await complaint(staticBootstrap(emit({ outbound: broken, inbound: noInbound, listeners })))).toMatch(
      /regex|missing \)/,
    );
  });

  it('accepts whatever the IR can say', { timeout: 300_000 }, async () => {
    const runs = Number(process.env['MALLA_RUNS'] ?? 15);
    await fc.assert(
      fc.asyncProperty(arbitraryProxy, async (proxy) => {
        expect(await complaint(staticBootstrap(emit(proxy)))).toBeUndefined();
      }),
      { numRuns: runs, interruptAfterTimeLimit: 240_000 },
    );
  });
});
