/*
 * What a plain GET costs in one worker without sockets: both codecs, matcher, router, pool, one stats access logger.
 * node --conditions=@malla/source libs/dataplane/test/http/hop-loop.ts [requests]
 */
import { createCircuitBreakers, type Host } from '@malla/balancing';
import type { Transport, TransportReader } from '@malla/http-codec';
import type { AccessLogConfig } from '@malla/proxy-config';
import { HttpManager } from '../../src/http/manager/http-manager.ts';
import type { ClusterRuntime, ConnectParams } from '../../src/runtime/upstream.ts';
import type { WorkerServices } from '../../src/runtime/services.ts';
import { StatsStore } from '../../src/stats/stats-store.ts';
import { TimerWheel } from '../../src/worker/timer-wheel.ts';
import { forwardTo, managerConfig, route, routeTable } from './configs.ts';
import { FakeCluster } from './fake-cluster.ts';

/** Hands what is written to a function at once. */
class DirectTransport implements Transport {
  readonly bufferedBytes = 0;
  onWrite: (bytes: Uint8Array | string) => void = () => undefined;

  write(bytes: Uint8Array | string): boolean {
    this.onWrite(bytes);
    return true;
  }

  end(): void {}
  destroy(): void {}
  pause(): void {}
  resume(): void {}
}

const request = Buffer.from(
  [
    'GET /productpage/reviews/1?u=normal HTTP/1.1',
    'host: reviews.default.svc.cluster.local:9080',
    'user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36',
    'accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'accept-encoding: gzip, deflate, br',
    'accept-language: en-US,en;q=0.9',
    'cookie: session=0123456789abcdef0123456789abcdef; theme=dark',
    'x-request-id: 5f3e2a1c-9b8d-4c7e-8f6a-1b2c3d4e5f60',
    'x-b3-traceid: 463ac35c9f6413ad48485a3953bb6124',
    'x-b3-spanid: a2fb4a1d1a96d312',
    'end-user: jason',
    '',
    '',
  ].join('\r\n'),
);
const response = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 13\r\nx-powered-by: x\r\n\r\n{"ok":"true"}',
);

const tag = (name: string, format: string) => ({ name, format });
const tags = [
  tag('reporter', 'source'),
  tag('destination_service', '%CLUSTER_METADATA(malla:service)%'),
  tag('destination_service_name', '%CLUSTER_METADATA(malla:name)%'),
  tag('destination_peer', '%UPSTREAM_METADATA(istio:workload)%'),
  tag('source_principal', '%UPSTREAM_LOCAL_URI_SAN%'),
  tag('destination_principal', '%UPSTREAM_PEER_URI_SAN%'),
  tag('response_code', '%RESPONSE_CODE%'),
  tag('grpc_response_status', '%GRPC_STATUS_NUMBER%'),
  tag('response_flags', '%RESPONSE_FLAGS%'),
];
const statsLog: AccessLogConfig = {
  name: 'stats',
  sink: {
    kind: 'stats',
    prefix: 'istio',
    counters: [{ name: 'requests_total', tags, value: 1 }],
    histograms: [
      { name: 'request_duration_milliseconds', tags, value: '%DURATION%' },
      { name: 'request_bytes', tags, value: '%BYTES_RECEIVED%' },
      { name: 'response_bytes', tags, value: '%BYTES_SENT%' },
    ],
  },
};

function cluster(): ClusterRuntime {
  const fake = new FakeCluster(
    { name: 'reviews', config: { metadata: { malla: { service: 'reviews.default', name: 'reviews' } } } },
    new Set(),
  );
  const limits = createCircuitBreakers(fake.config.limits, () => undefined);
  return {
    name: fake.name,
    config: fake.config,
    limits,
    pick: () => fake.hosts[0] as Host,
    report: () => undefined,
    onHostGone: () => () => undefined,
    onClosed: () => () => undefined,
    connect: ({ host, handler }: ConnectParams) => {
      const transport = new DirectTransport();
      // As with a socket: the answer comes in a turn of its own.
      let reader: TransportReader | undefined = undefined;
      let early = 0;
      const written = (): void => {
        if (reader === undefined) early++;
        else answers.push(reader);
      };
      transport.onWrite = () => written();
      reader = handler.onConnected({
        transport,
        remote: { address: '10.0.0.1', port: 80 },
        local: { address: '10.0.0.9', port: 4000 },
        host,
      });
      while (early-- > 0) answers.push(reader);
      return () => undefined;
    },
  };
}

const answers: TransportReader[] = [];
const reviews = cluster();
const timers = new TimerWheel();
const services: WorkerServices = {
  stats: new StatsStore().root,
  timers,
  random: Math.random,
  clusters: { get: (name) => (name === 'reviews' ? reviews : undefined) },
  routes: { get: () => undefined },
  logs: { grpc: () => undefined, line: () => undefined },
  log: () => undefined,
  draining: () => false,
};
const table = routeTable([
  ...Array.from({ length: 10 }, (_, index) => route(`/other-${index}`, forwardTo('reviews'))),
  route('/', forwardTo('reviews')),
]);
const manager = new HttpManager(
  managerConfig({
    routes: { kind: 'inline', table },
    accessLog: process.argv.includes('--no-log') ? [] : [statsLog],
    serverHeader: 'pass-through',
    streamIdleTimeoutMs: 0,
  }),
  services,
);

let responses = 0;
const connections = Array.from({ length: 32 }, (_, id) => {
  const transport = new DirectTransport();
  transport.onWrite = () => responses++;
  const end = { address: '127.0.0.1', port: 5000 + id };
  return manager.accept({
    transport,
    info: {
      id,
      remote: end,
      local: end,
      listener: 'l',
      filterChain: 'c',
      direction: 'outbound',
      requestedServerName: '',
      startedAt: 0,
      scratch: new Map(),
    },
  });
});

function round(): void {
  for (let i = 0; i < connections.length; i++) connections[i]?.onBytes(request);
  for (let i = 0; i < answers.length; i++) answers[i]?.onBytes(response);
  answers.length = 0;
}

const wanted = Number(process.argv.find((argument) => /^\d+$/.test(argument)) ?? 300_000);
for (let i = 0; i < 2000; i++) round();
for (let run = 0; run < 5; run++) {
  const before = responses;
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  for (let sent = 0; sent < wanted; sent += connections.length) round();
  const wall = Number(process.hrtime.bigint() - start) / 1000;
  const used = process.cpuUsage(cpu);
  const done = responses - before;
  console.log(
    `${done} responses: ${(wall / done).toFixed(2)} us wall, ${((used.user + used.system) / done).toFixed(2)} us CPU`,
  );
}
process.exit(0);
