import type { ExtensionProvider, FieldPath } from '@malla/model';
import type { Findings } from '../findings.ts';
import { complaint, isGiven, quoted, type Complaint } from '../values/complaint.ts';
import { hostProblem } from '../values/hosts.ts';
import { importedHostProblem } from '../values/namespaced-hosts.ts';
import { portProblem } from '../values/ports.ts';
import { isAssignedStatus } from '../values/statuses.ts';

/** Providers that are services, with a host and a port. */
const services = [
  ...([
    'envoyExtAuthzHttp',
    'envoyExtAuthzGrpc',
    'zipkin',
    'lightstep',
    'datadog',
    'opencensus',
    'skywalking',
  ] as const),
  ...(['opentelemetry', 'envoyHttpAls', 'envoyTcpAls', 'envoyOtelAls', 'sds'] as const),
];

const others = ['stackdriver', 'prometheus', 'envoyFileAccessLog'] as const;

/**
 * Warns of extension providers that cannot work. As in Istio they refuse nothing: one that is not used does no harm. Source: Istio
 * pkg/config/validation/agent/extensionprovider.go.
 */
export function checkExtensionProviders(
  findings: Findings,
  path: FieldPath,
  providers: readonly ExtensionProvider[],
): void {
  const seen = new Set<string>();
  for (const [i, provider] of providers.entries()) {
    const at = [...path, i];
    const { name = '' } = provider;
    if (name === '') findings.warning([...at, 'name'], 'must not be empty', 'name the provider, so that policies can');
    else if (seen.has(name))
      findings.warning([...at, 'name'], `${quoted(name)} stands twice`, 'give each a name of its own');
    seen.add(name);
    checkProvider(findings, at, provider);
  }
}

function checkProvider(findings: Findings, path: FieldPath, provider: ExtensionProvider): void {
  for (const kind of services) {
    const found = provider[kind];
    if (found === undefined) continue;
    findings.warn([...path, kind, 'service'], serviceProblem(found.service ?? ''));
    findings.warn([...path, kind, 'port'], portProblem(found.port ?? 0));
  }
  if ([...services, ...others].every((kind) => provider[kind] === undefined))
    findings.warning(path, 'is of no kind', `give one of ${[...services, ...others].join(', ')}`);
  for (const kind of ['envoyExtAuthzHttp', 'envoyExtAuthzGrpc'] as const) {
    const status = provider[kind]?.statusOnError;
    if (isGiven(status) && !(/^\d{3}$/.test(status) && isAssignedStatus(Number(status))))
      findings.warning(
        [...path, kind, 'statusOnError'],
        `is not a status: ${quoted(status)}`,
        'such as "403" or "503"',
      );
  }
  const prefix = provider.envoyExtAuthzHttp?.pathPrefix;
  if (isGiven(prefix) && !prefix.startsWith('/'))
    findings.warning([...path, 'envoyExtAuthzHttp', 'pathPrefix'], 'must begin with "/"', `write "/${prefix}"`);
  if (provider.lightstep !== undefined && !isGiven(provider.lightstep.accessToken))
    findings.warning([...path, 'lightstep', 'accessToken'], 'is required', 'give the token of the project');
  if (provider.opentelemetry?.http !== undefined && provider.opentelemetry.grpc !== undefined)
    findings.warning([...path, 'opentelemetry', 'http'], 'cannot stand with grpc', 'leave one of them out');
}

function serviceProblem(service: string): Complaint | undefined {
  if (service === '') return complaint('must not be empty', 'name a service, such as ext-authz.shop.svc.cluster.local');
  return service.includes('/') ? importedHostProblem(service) : hostProblem(service);
}
