import type { FieldPath } from '@malla/model';
import { editField, editList, fieldsOf, listOf, withField, type Fields } from '../edit.ts';
import type { CutList } from './part.ts';

/** Where a proxy may write log entries: its output, which whoever runs it collects. */
const outputs: ReadonlySet<unknown> = new Set([undefined, '', '/dev/stdout', '/dev/stderr']);

/** Names of headers and of gRPC's metadata. Source: RFC 9110, 5.6.2 */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Options that have their effect on every proxy: logs to other files than its output, and headers that Envoy would write otherwise, are left out. */
export function viewMeshConfig(object: Fields, cuts: CutList): Fields {
  return editField(object, 'spec', (spec) => {
    const path: FieldPath = ['spec'];
    const filed = outputs.has(spec['accessLogFile'])
      ? spec
      : withField(spec, 'accessLogFile', cuts.leaveOut([...path, 'accessLogFile'], 'ignored'));
    return editList(filed, 'extensionProviders', (provider, i) =>
      viewProvider(provider, [...path, 'extensionProviders', i], cuts),
    );
  });
}

function viewProvider(provider: Fields, path: FieldPath, cuts: CutList): Fields {
  const logged = editField(provider, 'envoyFileAccessLog', (log) =>
    outputs.has(log['path']) ? log : cuts.leaveOut([...path, 'envoyFileAccessLog', 'path'], 'ignored'),
  );
  return editField(logged, 'opentelemetry', (traces) => {
    const at = [...path, 'opentelemetry'];
    // Whoever takes the decisions elsewhere wants none of ours.
    if (traces['dynatraceSampler'] !== undefined) return cuts.leaveOut([...at, 'dynatraceSampler'], 'ignored');
    const http = editField(traces, 'http', (way) => viewHeaders(way, 'headers', [...at, 'http'], cuts));
    return editField(http, 'grpc', (way) => viewHeaders(way, 'initialMetadata', [...at, 'grpc'], cuts));
  });
}

/** Values from the environment of the control plane are not read, and a percent sign begins a command of Envoy's format strings. */
function viewHeaders(way: Fields, field: string, path: FieldPath, cuts: CutList): Fields {
  if (listOf(way[field]).length === 0) return way;
  return editList(way, field, (header, i) => {
    const { name = '', value = '', envName } = fieldsOf(header);
    if (envName !== undefined) return cuts.leaveOut([...path, field, i, 'envName'], 'value_left_out');
    const usable = token.test(String(name)) && /^[^%\p{Cc}]{0,4096}$/u.test(String(value));
    return usable ? header : cuts.leaveOut([...path, field, i], 'value_left_out');
  });
}
