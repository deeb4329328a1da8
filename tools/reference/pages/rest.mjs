// The REST API of config-api, and the plain HTTP pages of all services.
import { kinds } from '@malla/model';
import { extraPaths, extraSchemas } from '../../../apps/config-api/dist/rest/openapi-extras.js';
import { OpenApiDocuments } from '../../../apps/config-api/dist/rest/openapi-documents.js';
import { cell, code, page, table } from '../markdown.mjs';

const INTRODUCTION = `config-api speaks HTTPS on port 16443 in the manner of Kubernetes: the same paths, verbs, bodies, patches, watches and errors
(a \`Status\` object). Every request but \`/version\`, \`/healthz\`, \`/livez\` and \`/readyz\` carries \`Authorization: Bearer TOKEN\`. The exact
schemas are served at \`/openapi/v3\`.`;

const VERBS = {
  get: 'GET',
  list: 'GET',
  post: 'POST',
  put: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
};

const MEANINGS = {
  list: 'list, or with `watch=true` the changes from `resourceVersion` on, one JSON object a line',
  get: 'one object',
  post: 'create',
  put: 'replace; with `metadata.resourceVersion` only if nobody was faster (409)',
  patch:
    'by `Content-Type`: server-side apply, JSON patch, JSON merge patch or, for kinds of Kubernetes itself, strategic merge patch',
  delete: 'delete',
  deletecollection: 'delete all that the query selects',
};

/** What one kind's paths say, for all kinds: they differ in nothing but the names. */
function operationRows() {
  const document = new OpenApiDocuments('x').document('apis/networking.istio.io/v1');
  const rows = [];
  for (const [path, operations] of Object.entries(document.paths)) {
    if (!path.includes('/virtualservices')) continue;
    for (const operation of Object.values(operations)) {
      if (Array.isArray(operation)) continue;
      const action = operation['x-kubernetes-action'];
      const parameters = (operation.parameters ?? []).map(({ name }) => code(name)).join(', ');
      const general = path.replace('/apis/networking.istio.io/v1', 'ROOT').replace('virtualservices', 'PLURAL');
      rows.push([VERBS[action], code(general), MEANINGS[action], parameters]);
    }
  }
  return rows;
}

function kindRows() {
  return kinds.map(({ kind, group, versions, plural, namespaced }) => [
    kind,
    versions.map((version) => code(group === '' ? `/api/${version}` : `/apis/${group}/${version}`)).join(', '),
    code(plural),
    namespaced ? 'yes' : 'no',
  ]);
}

/** Fields of an object schema, with a question mark where they may be left out. */
function body(schema) {
  if (schema === undefined) return '';
  const named = schema.$ref === undefined ? schema : extraSchemas[schema.$ref.split('/').at(-1)];
  if (named.properties?.items !== undefined) return `\`items[]\`: ${body(named.properties.items.items)}`;
  const required = new Set(named.required ?? []);
  const names = Object.keys(named.properties ?? {}).map((name) =>
    named.required && !required.has(name) ? `${name}?` : name,
  );
  return names.length === 0 ? 'an object' : names.map(code).join(', ');
}

function extraRows() {
  return Object.entries(extraPaths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { summary, parameters = [], requestBody, responses }]) => [
      method.toUpperCase(),
      code(path.replace('/apis/malla.io/v1', '')),
      cell(summary),
      [
        ...parameters
          .filter((parameter) => parameter.in === 'query')
          .map(({ name, required, description }) => `${code(required ? name : `${name}?`)} (${cell(description)})`),
        body(requestBody?.content['application/json'].schema),
      ]
        .filter((part) => part !== '')
        .join(', '),
      body((responses[200] ?? responses[201]).content['application/json'].schema),
    ]),
  );
}

/** Pages on the plain HTTP port of a service, besides those that all have. */
const PLAIN = [
  ['all', 'GET', '/healthz/live', '200 while the process can work; 503 asks for a restart'],
  ['all', 'GET', '/healthz/ready', '200 when it can do its work, 503 else; the body says which check is at fault'],
  ['all', 'GET', '/metrics', 'metrics of the service ([metrics.md](metrics.md))'],
  [
    'policy-telemetry',
    'GET',
    '/api/v1/signals',
    'golden signals of each pair; `window` (such as `5m`; default: since it started)',
  ],
  [
    'policy-telemetry',
    'GET',
    '/api/v1/series',
    'golden signals over time; `from`, `to` (ISO 8601) or `window` (1h), `step` (1m; a multiple of 10s), `by` (`service`, `workload`, `pair`), `reporter` (`source`, `destination`)',
  ],
  [
    'policy-telemetry',
    'GET',
    '/api/v1/graph',
    'who calls whom: nodes and edges; `window` (5m), `detail` (`workload`, `service`, `namespace`)',
  ],
  ['proxy-agent', 'GET', '/stats/prometheus', 'metrics of proxy, agent and application'],
  ['proxy-agent', 'GET', '/config', 'what the proxy subscribes to and has, for people; from this machine only'],
  ['proxy-agent', 'POST', '/drain', 'leave rotation and finish requests in flight; from this machine only'],
  ['proxy-agent', 'POST', '/quitquitquit', 'end the agent as SIGTERM does; from this machine only'],
];

/** docs/reference/rest-api.md */
export function restPage() {
  return page('REST API', INTRODUCTION, [
    ['## Resources', table(['method', 'path', 'does', 'query'], operationRows())].join('\n\n'),
    ['ROOT and PLURAL by kind:', table(['kind', 'ROOT', 'PLURAL', 'namespaced'], kindRows())].join('\n\n'),
    `Discovery (\`/api\`, \`/apis\`, \`/apis/GROUP/VERSION\`) and OpenAPI (\`/openapi/v2\`, \`/openapi/v3\`) are served as by a Kubernetes API server.
Lists come as tables when \`Accept\` asks for them. Bodies are JSON or YAML.`,
    [
      "## Malla's own",
      'Below `/apis/malla.io/v1`. Parameters with a question mark may be left out.',
      table(['method', 'path', 'does', 'takes', 'gives'], extraRows()),
    ].join('\n\n'),
    [
      '## Plain HTTP of the services',
      'On loopback by default; ports in [ports.md](ports.md). What policy-telemetry tells is JSON, and can be narrowed by `source` (workload), `destination` (service: its host or first label) and `namespace` (of either): [signals.md](../guides/signals.md).',
      table(
        ['service', 'method', 'path', 'what'],
        PLAIN.map(([service, method, path, what]) => [service, method, code(path), what]),
      ),
    ].join('\n\n'),
  ]);
}
