/** A load and the way that it takes. */
export interface BenchCase {
  readonly name: string;
  /** `hop`: plain text through one proxy. `pair`: two proxies with mutual TLS, authorization, metrics and access log. */
  readonly path: 'hop' | 'pair';
  readonly protocol: 'http1' | 'http2' | 'grpc' | 'tcp';
  readonly body: 'small' | 'large';
  /** Routes of the service; the last one matches. */
  readonly routes: number;
  readonly workers: number;
  /** Clients keep their connections. If not, each request has one of its own, and its cost is that of the connection. */
  readonly keepAlive: boolean;
  /** What may be shown besides the two data planes. */
  readonly peers: readonly ('nginx' | 'haproxy')[];
}

const base = {
  path: 'hop',
  protocol: 'http1',
  body: 'small',
  routes: 1,
  workers: 1,
  keepAlive: true,
  peers: [],
} as const;
const pair = { ...base, path: 'pair', peers: ['haproxy'] } as const;
const tcp = { ...base, protocol: 'tcp', peers: ['haproxy'] } as const;

/** Everything that `npm run bench:proxy` measures, in the order of the report. */
export const benchCases: readonly BenchCase[] = [
  { ...base, name: 'HTTP/1.1 hop, 1 KiB', peers: ['nginx', 'haproxy'] },
  { ...base, name: 'HTTP/1.1 hop, 64 KiB', body: 'large', peers: ['nginx', 'haproxy'] },
  { ...base, name: 'HTTP/1.1 hop, 1 KiB, 500 routes', routes: 500 },
  { ...base, name: 'HTTP/1.1 hop, 1 KiB, 2 workers', workers: 2, peers: ['nginx', 'haproxy'] },
  { ...pair, name: 'HTTP/1.1 mutual-TLS pair, 1 KiB' },
  { ...pair, name: 'HTTP/1.1 mutual-TLS pair, 64 KiB', body: 'large' },
  { ...base, name: 'HTTP/2 hop, 1 KiB', protocol: 'http2' },
  { ...base, name: 'HTTP/2 mutual-TLS pair, 1 KiB', protocol: 'http2', path: 'pair' },
  { ...base, name: 'gRPC hop, unary', protocol: 'grpc' },
  { ...base, name: 'gRPC mutual-TLS pair, unary', protocol: 'grpc', path: 'pair' },
  { ...tcp, name: 'TCP hop, 1 KiB' },
  { ...tcp, name: 'TCP hop, 64 KiB', body: 'large' },
  { ...tcp, name: 'TCP mutual-TLS pair, 1 KiB', path: 'pair' },
  { ...tcp, name: 'TCP mutual-TLS pair, 64 KiB', path: 'pair', body: 'large' },
  { ...tcp, name: 'TCP mutual-TLS pair, one connection each', path: 'pair', keepAlive: false },
];
