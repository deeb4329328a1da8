// gRPC services, from the proto files that they are generated from.
import fs from 'node:fs';
import path from 'node:path';
import { cell, code, page, table } from '../markdown.mjs';

const protos = path.join(import.meta.dirname, '../../../libs/protos/proto');

const INTRODUCTION = `Between Malla's parts there is gRPC over mutual TLS (TLS 1.2 and newer, SPIFFE identities); who may call is checked by the
caller's identity. The proto files are in \`libs/protos/proto\`. Each server also serves \`grpc.health.v1.Health\`.`;

/** Where each service is served, and to whom. */
const SERVED = {
  'istio.v1.auth.IstioCertificateService': [
    'certificate-authority, 15013',
    'anybody with a join token or a certificate of the mesh',
  ],
  'malla.ca.v1.JoinTokenService': ['certificate-authority, 15013', 'config-api'],
  'malla.ca.v1.TrustBundleService': ['certificate-authority, 15013', 'anybody: roots are public'],
  'malla.config.v1.ConfigService': [
    'config-api, 16444',
    'discovery (reads only); anybody with an access token, by its rights',
  ],
  'malla.config.v1.InspectionService': ['config-api, 16444', 'anybody with an access token, by its rights'],
  'malla.registry.v1.WorkloadRegistry': [
    'discovery, 15012',
    'the workload itself: namespace and service account must be its own',
  ],
  'malla.telemetry.v1.TelemetryQuery': ['policy-telemetry, 15016', "Malla's own services"],
};

/** Services of others that are served too. */
const FOREIGN = [
  [
    'envoy.service.discovery.v3.AggregatedDiscoveryService',
    'discovery, 15012',
    'agents, for their own workload; delta and state of the world',
  ],
  [
    'envoy.service.discovery.v3.AggregatedDiscoveryService',
    'proxy-agent, its Unix socket (mode 600)',
    'its proxy, or gRPC libraries of the same user',
  ],
  ['envoy.service.secret.v3.SecretDiscoveryService', 'proxy-agent, its Unix socket (mode 600)', 'its proxy'],
  ['envoy.service.accesslog.v3.AccessLogService', 'proxy-agent, its Unix socket (mode 600)', 'its proxy'],
  ['envoy.service.accesslog.v3.AccessLogService', 'policy-telemetry, 15016', 'agents, for their own workload'],
  ['envoy.service.ratelimit.v3.RateLimitService', 'policy-telemetry, 15016', 'agents, by policies of their namespace'],
  ['envoy.service.auth.v3.Authorization', 'policy-telemetry, 15016', 'agents, for their own workload'],
];

/** Services of a proto file: `rpc` lines with the comment above them. */
function servicesOf(file) {
  const text = fs.readFileSync(file, 'utf8');
  const packageName = /^package ([\w.]+);/m.exec(text)?.[1];
  return [...text.matchAll(/((?:^\/\/.*\n)*)^service (\w+) \{\n([\s\S]*?)^\}/gm)].map(([, comment, name, body]) => ({
    name: `${packageName}.${name}`,
    comment: prose(comment),
    methods: [...body.matchAll(/((?:^ *\/\/.*\n)*)^ *rpc (\w+)\((stream )?(\w+)\) returns \((stream )?(\w+)\)/gm)].map(
      ([, about, method, fromStream = '', from, toStream = '', to]) => ({
        method,
        from: fromStream + from,
        to: toStream + to,
        about: prose(about),
      }),
    ),
  }));
}

const prose = (comment) =>
  comment
    .replace(/^ *\/\/ ?/gm, '')
    .replaceAll('\n', ' ')
    .trim();

function section({ name, comment, methods }) {
  const served = SERVED[name];
  if (served === undefined) throw new Error(`tools/reference/pages/grpc.mjs does not say where ${name} is served`);
  const rows = methods.map(({ method, from, to, about }) => [code(method), code(from), code(to), cell(about)]);
  return [
    `## ${name}`,
    `Served by ${served[0]}. Callers: ${served[1]}.`,
    cell(comment),
    table(['method', 'takes', 'gives', 'meaning'], rows),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** docs/reference/grpc.md */
export function grpcPage() {
  const files = fs
    .readdirSync(protos, { recursive: true })
    // What others serve and Malla only calls is not told here.
    .filter((file) => file.endsWith('.proto') && !/^(grpc|opentelemetry)/.test(file))
    .sort();
  const services = files.flatMap((file) => servicesOf(path.join(protos, file)));
  const foreign = FOREIGN.map(([name, where, whom]) => [code(name), where, whom]);
  return page('gRPC services', INTRODUCTION, [
    ...services.map(section),
    ["## Envoy's services", table(['service', 'served by', 'callers'], foreign)].join('\n\n'),
  ]);
}
