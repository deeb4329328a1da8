import type { AppliedObject, WorkloadDescription } from '@malla/resolve';
import type { CommandInput } from '../command.ts';
import { toJson, toYaml } from '../output/print-data.ts';
import { renderColumns } from '../output/table.ts';
import { withServer } from './connect.ts';

export interface DescribeOptions {
  readonly output?: 'table' | 'json' | 'yaml';
}

/** The answer of config-api. */
interface EffectiveConfiguration extends WorkloadDescription {
  readonly workload: {
    readonly name: string;
    readonly namespace: string;
    readonly source: string;
    readonly serviceAccount: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly revision: number;
}

type Origin = AppliedObject['origin'];

/** `describe workload NAME`: all configuration that applies to a workload, and the objects that it comes from. */
export async function describeWorkload({ args, options, terminal }: CommandInput<DescribeOptions>): Promise<void> {
  const [name = ''] = args;
  await withServer(options, terminal, async (client, namespace) => {
    const path = ['namespaces', namespace, 'workloads', name, 'effective'].map(encodeURIComponent).join('/');
    const found = await client.get<EffectiveConfiguration>(`/apis/malla.io/v1/${path}`);
    if (options.output === 'json') return terminal.out(toJson(found));
    if (options.output === 'yaml') return terminal.out(toYaml(found));
    terminal.out(render(found));
  });
}

function render(found: EffectiveConfiguration): string {
  return [
    head(found),
    section('Ports and mutual TLS', ['PORT', 'PROTOCOL', 'SERVICE', 'MUTUAL TLS', 'FROM'], portRows(found)),
    section('PeerAuthentications, in order', ['OBJECT', 'FOR'], found.peerAuthentications.map(appliedRow)),
    section('AuthorizationPolicies, in order', ['ACTION', 'OBJECT', 'FOR', 'RULES'], policyRows(found)),
    section(
      'DestinationRules',
      ['HOST', 'OBJECTS', 'SUBSETS'],
      found.destinations.map(({ host, origins, subsets }) => [host, listOf(origins), subsets.join(',')]),
    ),
    section(
      'VirtualServices, the first with routes counts',
      ['HOST', 'OBJECTS'],
      found.routes.map(({ host, origins }) => [host, listOf(origins)]),
    ),
    section(
      'Other objects that select it',
      ['OBJECT', 'FOR', 'ENFORCED'],
      found.selecting.map(({ origin, level, enforced }) => [
        `${origin.kind} ${nameOf(origin)}`,
        level,
        enforced ? 'yes' : 'not yet',
      ]),
    ),
    section(
      'Not enforced yet',
      ['OBJECT', 'FIELD', 'WHAT'],
      found.cuts.map(({ origin, path, message }) => [`${origin.kind} ${nameOf(origin)}`, path, message]),
    ),
    section(
      'Findings',
      ['CODE', 'OBJECT', 'WHAT'],
      found.diagnostics.map(({ code, origin, message }) => [
        code,
        origin === undefined ? '' : `${origin.kind} ${nameOf(origin)}`,
        message,
      ]),
    ),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

const sources: Readonly<Record<string, string>> = {
  registration: 'registered by its agent',
  pod: 'Pod',
  workloadEntry: 'WorkloadEntry',
};

function head({ workload, services, authorization, revision }: EffectiveConfiguration): string {
  const { name, namespace, source, serviceAccount, labels } = workload;
  const lines: readonly (readonly [string, string])[] = [
    ['Workload:', `${namespace}/${name} (${sources[source] ?? source})`],
    ['Service account:', serviceAccount],
    [
      'Labels:',
      Object.entries(labels)
        .map((pair) => pair.join('='))
        .join(',') || '<none>',
    ],
    ['Services:', services.join(', ') || '<none>'],
    ['Requests that no policy matches:', authorization.otherwise === 'allow' ? 'allowed' : 'denied'],
    ['Revision:', String(revision)],
  ];
  const width = Math.max(...lines.map(([title]) => title.length)) + 1;
  return lines.map(([title, text]) => `${title.padEnd(width)}${text}\n`).join('');
}

function portRows({ ports, otherPorts }: EffectiveConfiguration): string[][] {
  const from = (origin: Origin | undefined): string => (origin === undefined ? '<default>' : nameOf(origin));
  return [
    ...ports.map(({ port, protocol, service, mutualTls }) => [
      String(port),
      protocol,
      service,
      mutualTls.mode.toUpperCase(),
      from(mutualTls.origin),
    ]),
    ['others', '', '', otherPorts.mode.toUpperCase(), from(otherPorts.origin)],
  ];
}

function policyRows({ authorization }: EffectiveConfiguration): string[][] {
  const rows = (action: string, policies: typeof authorization.deny): string[][] =>
    policies.map(({ rules, ...applied }) => [action, ...appliedRow(applied), String(rules)]);
  const { custom } = authorization;
  return [
    ...rows(`CUSTOM ${custom?.authorizer ?? ''}`, custom?.policies ?? []),
    ...rows('DENY', authorization.deny),
    ...rows('ALLOW', authorization.allow),
  ];
}

const appliedRow = ({ origin, level }: AppliedObject): string[] => [nameOf(origin), level];
const nameOf = ({ namespace, name }: Origin): string => `${namespace}/${name}`;
const listOf = (origins: readonly Origin[]): string => origins.map(nameOf).join(', ');

function section(title: string, headers: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? '' : `${title}\n${renderColumns(headers, rows)}`;
}
