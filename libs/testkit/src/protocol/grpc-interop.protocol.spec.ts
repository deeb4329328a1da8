import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../network/free-ports.ts';
import { goProgram } from '../programs/go-program.ts';
import { proxyPrograms } from '../programs/proxy-programs.ts';
import { waitFor } from '../wait-for.ts';
import { MutualTlsPair } from './mutual-tls-pair.ts';
import { StaticProxy } from './static-proxy.ts';

const version = 'v1.85.0';
const client = await goProgram({
  name: 'grpc-interop-client',
  install: `google.golang.org/grpc/interop/client@${version}`,
  variable: 'MALLA_GRPC_INTEROP_CLIENT',
});
const server = await goProgram({
  name: 'grpc-interop-server',
  install: `google.golang.org/grpc/interop/server@${version}`,
  variable: 'MALLA_GRPC_INTEROP_SERVER',
});

/** What gRPC's own client tests without credentials. Source: https://github.com/grpc/grpc/blob/master/doc/interop-test-descriptions.md */
const testCases = [
  'empty_unary',
  'large_unary',
  'client_streaming',
  'server_streaming',
  'ping_pong',
  'empty_stream',
  'timeout_on_sleeping_server',
  'cancel_after_begin',
  'cancel_after_first_response',
  'status_code_and_message',
  'special_status_message',
  'custom_metadata',
  'unimplemented_method',
  'unimplemented_service',
];

const ways = proxyPrograms().flatMap((program) => [
  {
    name: program.name,
    start: (upstream: number) => StaticProxy.start({ program, upstream, upstreamHttp2: true }),
  },
  {
    name: `a mutual-TLS pair of ${program.name}`,
    start: (upstream: number) => MutualTlsPair.start({ program, upstream }),
  },
]);

/** gRPC's interop client and server with one proxy, or a pair of them, between them. */
describe.skipIf(client === undefined || server === undefined).each(ways)('gRPC through $name', ({ start }) => {
  let application: ChildProcess;
  let proxy: StaticProxy | MutualTlsPair;
  beforeAll(async () => {
    const port = await freePort();
    application = spawn(server as string, [`--port=${port}`], { stdio: 'ignore' });
    await waitFor(() => accepts(port), { what: 'the interop server' });
    proxy = await start(port);
  });
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    application?.kill('SIGKILL');
  });

  it.each(testCases)('%s', async (testCase) => {
    const args = ['--server_host=127.0.0.1', `--server_port=${proxy.port}`, `--test_case=${testCase}`];
    const env = { ...process.env, GRPC_GO_LOG_SEVERITY_LEVEL: 'info' };
    const { stderr } = await promisify(execFile)(client as string, args, { timeout: 60_000, env });
    expect(stderr).toMatch(/ done\b/i);
  });
});

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => done(true)).once('error', () => done(false));
  });
}
