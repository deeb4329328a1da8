// Settings of the services, and the ports that follow from them.
import { formOf } from '@malla/settings';
import { cell, code, page, table } from '../markdown.mjs';
import { captureStep, services } from '../services.mjs';

const INTRODUCTION = `Every setting is an environment variable, and most are flags too; flags win. An empty variable counts as not set. A service
refuses to start (exit code 2) with everything that is wrong, in one go. \`--help\` prints the same list.

Durations are written as \`500ms\`, \`10s\`, \`5m\` or \`1h30m\`. Paths are relative to the working directory. A setting without a default is
required unless it says "optional".`;

function settingRow({ env, alsoEnv, flag, schema, default: preset, optional, description }) {
  const presence =
    preset === '' ? 'empty' : preset === undefined ? (optional ? 'optional' : '**required**') : code(preset);
  const variables = [env, ...alsoEnv].map(code).join(', else ');
  return [variables, code(flag ?? ''), cell(formOf(schema)), presence, cell(description)];
}

/** docs/reference/settings.md */
export function settingsPage() {
  const sections = services.map(({ name, description, settings }) =>
    [
      `## ${name}`,
      `${cell(description)}. Start it with \`node apps/${name}/dist/main.js\`.`,
      table(['variable', 'flag', 'form', 'default', 'meaning'], settings.map(settingRow)),
    ].join('\n\n'),
  );
  const capture = [
    '## Captured traffic',
    `${cell(captureStep.description)}. Start it with \`node apps/proxy-agent/dist/capture/main.js\`, as root with the capability NET_ADMIN (NET_RAW too for legacy iptables).`,
    table(['variable', 'flag', 'form', 'default', 'meaning'], captureStep.settings.map(settingRow)),
  ].join('\n\n');
  return page('Settings', INTRODUCTION, [...sections, capture]);
}

/** Ports that no setting of a service names: they are of the REDIRECT layout. */
const FIXED = [
  [
    'proxy-agent',
    '15001',
    'proxy: traffic of the application to others, sent there by iptables (interception REDIRECT)',
  ],
  [
    'proxy-agent',
    '15006',
    'proxy: traffic of others to the application, sent there by iptables (interception REDIRECT)',
  ],
];

/** The ports of docker-compose.yml; a spec of tools/compose compares the two. */
export const COMPOSE = [
  ['8080', 'MALLA_GATEWAY_HTTP_PORT', 'ingress gateway, HTTP; `MALLA_GATEWAY_ADDRESS` opens it to other machines'],
  ['8443', 'MALLA_GATEWAY_HTTPS_PORT', 'ingress gateway, HTTPS; the same'],
  ['16443', 'MALLA_API_PORT', 'config-api'],
  ['9090', 'MALLA_PROMETHEUS_PORT', 'Prometheus (profile observability)'],
  ['3000', 'MALLA_GRAFANA_PORT', 'Grafana (profile observability)'],
  ['16686', 'MALLA_JAEGER_PORT', 'Jaeger (profile observability)'],
].map(([port, variable, meaning]) => [port, code(variable), meaning]);

const isPort = ({ schema, default: preset }) => formOf(schema) === 'port' && preset !== undefined && preset !== '0';

/** Where a port listens: the service's setting of the same beginning, such as MALLA_GRPC_HOST. */
function addressOf(setting, settings) {
  const host = settings.find(({ env }) => env === setting.env.replace(/_PORT$/, '_HOST'));
  return host?.default ?? '';
}

/** docs/reference/ports.md */
export function portsPage() {
  const rows = services.flatMap(({ name, settings }) =>
    settings
      .filter(isPort)
      .map((setting) => [
        name,
        setting.default,
        code(addressOf(setting, settings)),
        code(setting.env),
        cell(setting.description),
      ]),
  );
  const fixed = FIXED.map(([name, port, meaning]) => [name, port, '', '', meaning]);
  const off = services.flatMap(({ name, settings }) =>
    settings
      .filter(({ schema, default: preset }) => formOf(schema) === 'port' && preset === '0')
      .map(({ env, description }) => [name, code(env), cell(description)]),
  );
  return page(
    'Ports',
    'Default ports and the addresses they listen at. All are settings but the last two; 0 asks the system for a free one.',
    [
      table(['service', 'port', 'address', 'setting', 'what for'], [...rows, ...fixed]),
      '## Off unless set',
      table(['service', 'setting', 'what for'], off),
      `## Applications and databases

Applications choose their own ports. config-api's own Postgres takes a free port on 127.0.0.1. Redis is where \`REDIS_URL\` says.`,
      '## docker-compose\n\nPorts of 127.0.0.1 that [docker-compose.yml](../../docker-compose.yml) opens, and the variables that change them.',
      table(['port', 'variable', 'leads to'], COMPOSE),
    ],
  );
}
