import { ingestResource, type Environment } from '@malla/ingest';
import type { EncodedResource } from '@malla/protos';
import type { ConfigOf, Kind, Read, ResourceReader } from '../xds/accepted.ts';

/** Reads resources by ingest; problems are joined as `field: message`. `environment` is the process's. */
export function ingestReader(environment: Environment): ResourceReader {
  return {
    read<K extends Kind>(_kind: K, resource: EncodedResource): Read<K> {
      const result = ingestResource(resource.typeUrl, resource.name, resource.any.value, environment);
      // The type URL is the kind's: what it gives is that kind's configuration.
      if (result.ok) return { ok: true, config: result.config as ConfigOf[K] };
      return { ok: false, message: problemsText(result.problems) };
    },
  };
}

/** All that is wrong, in one line. */
export function problemsText(problems: readonly { readonly path: string; readonly message: string }[]): string {
  return problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
}
