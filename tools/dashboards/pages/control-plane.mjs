const CONTROL = 'job="malla-control-plane", app=~"$app"';
const WINDOW = '$__rate_interval';

/** A counter per second, by a label. */
const perSecond = (metric, label) => `sum by (${label}) (rate(${metric}[${WINDOW}]))`;
const quantile = (share, metric, by = '') =>
  `histogram_quantile(${share}, sum by (le${by === '' ? '' : `, ${by}`}) (rate(${metric}_bucket[${WINDOW}])))`;

/** The services of the platform itself. @type {import('../grafana.mjs').Dashboard} */
export const controlPlane = {
  uid: 'malla-control-plane',
  title: 'Malla Control Plane',
  description: 'Whether configuration gets to proxies, certificates are issued, and services have what they need.',
  variables: [{ name: 'app', label: 'Service', metric: 'malla_build_info{job="malla-control-plane"}', from: 'app' }],
  rows: [
    {
      title: 'State',
      panels: [
        {
          title: 'Connected proxies',
          description: 'Proxies with a stream to discovery.',
          unit: 'short',
          kind: 'stat',
          width: 4,
          queries: [{ expr: 'sum(pilot_xds)', legend: 'proxies' }],
        },
        {
          title: 'Proxies that are behind',
          description:
            'Connected proxies that have not acknowledged the newest configuration; more than 0 for long is a fault.',
          unit: 'short',
          kind: 'stat',
          width: 4,
          queries: [{ expr: 'sum(malla_xds_proxies_behind)', legend: 'behind' }],
        },
        {
          title: 'Refused configurations',
          description: 'Responses that proxies refused (NACK) in the last hour.',
          unit: 'short',
          kind: 'stat',
          width: 4,
          queries: [{ expr: 'sum(increase(pilot_total_xds_rejects[1h])) or vector(0)', legend: 'NACKs' }],
        },
        {
          title: 'Services',
          description: 'Services of the mesh.',
          unit: 'short',
          kind: 'stat',
          width: 4,
          queries: [{ expr: 'max(pilot_services)', legend: 'services' }],
        },
        {
          title: 'Root certificate',
          description: 'Time until the root of the mesh ends.',
          unit: 's',
          kind: 'stat',
          width: 4,
          queries: [{ expr: 'min(citadel_server_root_cert_expiry_seconds)', legend: 'left' }],
        },
        {
          title: 'Configuration revision',
          description: 'The newest revision that config-api knows.',
          unit: 'none',
          kind: 'stat',
          width: 4,
          queries: [{ expr: 'max(malla_config_revision)', legend: 'revision' }],
        },
        {
          title: 'Things that are not well',
          description:
            'Health checks of each service that are not ok, such as redis or database. Empty lines at 0 are well.',
          unit: 'short',
          width: 12,
          queries: [
            {
              expr: `sum by (app, check) (malla_health_check{${CONTROL}, state!="ok"})`,
              legend: '{{app}} {{check}}',
            },
          ],
        },
        {
          title: 'Up',
          description: 'Replicas of each service that Prometheus reaches.',
          unit: 'short',
          width: 12,
          queries: [{ expr: `sum by (app) (up{${CONTROL}})`, legend: '{{app}}' }],
        },
      ],
    },
    {
      title: 'Delivery of configuration',
      panels: [
        {
          title: 'Time until a change is acknowledged',
          description: 'From a change until a proxy that it concerns has acknowledged it.',
          unit: 's',
          queries: [0.5, 0.9, 0.99].map((share) => ({
            expr: quantile(share, 'pilot_proxy_convergence_time'),
            legend: `p${share * 100}`,
          })),
        },
        {
          title: 'Responses by type',
          description: 'xDS responses a second.',
          unit: 'ops',
          queries: [{ expr: perSecond('pilot_xds_pushes', 'type'), legend: '{{type}}' }],
        },
        {
          title: 'Bytes by type',
          description: 'Bytes of xDS responses a second.',
          unit: 'Bps',
          queries: [{ expr: perSecond('malla_xds_sent_bytes_total', 'type'), legend: '{{type}}' }],
        },
        {
          title: 'Time to work out a push',
          description: '99th percentile of the time to work out and write what is new for one proxy, by type.',
          unit: 's',
          queries: [{ expr: quantile(0.99, 'pilot_xds_push_time', 'type'), legend: '{{type}}' }],
        },
        {
          title: 'Size of responses',
          description: '90th percentile of the bytes of a response, by type.',
          unit: 'bytes',
          queries: [{ expr: quantile(0.9, 'pilot_xds_config_size_bytes', 'type'), legend: '{{type}}' }],
        },
        {
          title: 'Causes of pushes',
          description: 'Bursts of changes a second that proxies were told of, by cause.',
          unit: 'ops',
          queries: [{ expr: perSecond('pilot_push_triggers', 'type'), legend: '{{type}}' }],
        },
        {
          title: 'Refusals and errors',
          description:
            'Responses that proxies refused by type, and configurations that could not be translated, a second.',
          unit: 'ops',
          queries: [
            ...['cds', 'eds', 'lds', 'rds'].map((type) => ({
              expr: `sum(rate(pilot_xds_${type}_reject[${WINDOW}]))`,
              legend: `${type} refused`,
            })),
            { expr: `sum(rate(pilot_total_xds_internal_errors[${WINDOW}]))`, legend: 'not translated' },
          ],
        },
        {
          title: 'Waiting for the end of bursts',
          description: '99th percentile of the time from the first change of a burst until proxies are told.',
          unit: 's',
          queries: [{ expr: quantile(0.99, 'pilot_debounce_time'), legend: 'p99' }],
        },
        {
          title: 'Objects',
          description: 'Services and VirtualServices of the mesh.',
          unit: 'short',
          queries: [
            { expr: 'max(pilot_services)', legend: 'services' },
            { expr: 'max(pilot_virt_services)', legend: 'virtual services' },
          ],
        },
      ],
    },
    {
      title: 'Configuration API',
      panels: [
        {
          title: 'Requests',
          description: 'REST requests a second by status.',
          unit: 'reqps',
          queries: [{ expr: perSecond('apiserver_request_total', 'verb, code'), legend: '{{verb}} {{code}}' }],
        },
        {
          title: 'Duration',
          description: '99th percentile of the time to answer, by verb, without watches.',
          unit: 's',
          queries: [{ expr: quantile(0.99, 'apiserver_request_duration_seconds', 'verb'), legend: '{{verb}}' }],
        },
        {
          title: 'Validation',
          description: 'Objects that validation let through and refused in the last hour.',
          unit: 'short',
          queries: [
            { expr: 'sum(increase(galley_validation_passed[1h])) or vector(0)', legend: 'passed' },
            { expr: 'sum(increase(galley_validation_failed[1h])) or vector(0)', legend: 'refused' },
          ],
        },
      ],
    },
    {
      title: 'Certificates',
      panels: [
        {
          title: 'Certificates',
          description: 'Certificates issued and requests refused, a second.',
          unit: 'ops',
          queries: [
            { expr: `sum(rate(citadel_server_success_cert_issuance_count[${WINDOW}]))`, legend: 'issued' },
            { expr: `sum(rate(citadel_server_authentication_failure_count[${WINDOW}]))`, legend: 'caller not known' },
            { expr: `sum(rate(citadel_server_csr_parsing_err_count[${WINDOW}]))`, legend: 'request refused' },
            { expr: `sum(rate(citadel_server_csr_sign_err_count[${WINDOW}]))`, legend: 'not signed' },
          ],
        },
        {
          title: 'Shortest life of a workload certificate',
          description: 'Of all agents. Renewal begins at half of the life: less than that for long is a fault.',
          unit: 's',
          queries: [{ expr: 'min(istio_agent_cert_expiry_seconds)', legend: 'left' }],
        },
        {
          title: 'Agents without discovery',
          description: 'Agents that have no stream to discovery; their proxies go on with what they have.',
          unit: 'short',
          queries: [{ expr: 'count(malla_agent_discovery_connected == 0) or vector(0)', legend: 'agents' }],
        },
      ],
    },
    {
      title: 'Processes',
      panels: [
        {
          title: 'CPU',
          description: 'Cores that each process uses.',
          unit: 'short',
          queries: [
            {
              expr: `sum by (app, instance) (rate(process_cpu_seconds_total{${CONTROL}}[${WINDOW}]))`,
              legend: '{{app}} {{instance}}',
            },
          ],
        },
        {
          title: 'Memory',
          description: 'Memory of each process.',
          unit: 'bytes',
          queries: [
            {
              expr: `sum by (app, instance) (process_resident_memory_bytes{${CONTROL}})`,
              legend: '{{app}} {{instance}}',
            },
          ],
        },
        {
          title: 'Delay of the event loop',
          description: '99th percentile; a process that is busy for long answers late.',
          unit: 's',
          queries: [
            {
              expr: `max by (app, instance) (nodejs_eventloop_lag_p99_seconds{${CONTROL}})`,
              legend: '{{app}} {{instance}}',
            },
          ],
        },
        {
          title: 'gRPC calls',
          description: 'Calls a second that services answered, by method and status.',
          unit: 'reqps',
          width: 24,
          queries: [
            {
              expr: `sum by (app, grpc_method, grpc_code) (rate(grpc_server_handled_total{${CONTROL}}[${WINDOW}]))`,
              legend: '{{app}} {{grpc_method}} {{grpc_code}}',
            },
          ],
        },
      ],
    },
  ],
};
