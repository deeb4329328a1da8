import type { HeaderToMetadataConfig } from '@malla/proxy-config';
import type { Stream } from '../stream/stream.ts';
import type { HttpFilter } from './http-filter.ts';

/** Longer values are left out. Source: Envoy's MAX_HEADER_VALUE_LEN. */
const maxValueLength = 8 * 1024;

/**
 * Keeps request headers as dynamic metadata, and takes them off the request when it is told to.
 * Source: Envoy's source/extensions/filters/http/header_to_metadata/header_to_metadata_filter.cc.
 */
export class HeaderToMetadataFilter implements HttpFilter {
  readonly name: string;
  readonly #rules: HeaderToMetadataConfig['rules'];

  constructor({ name, config, disabled }: { name: string; config: HeaderToMetadataConfig; disabled: boolean }) {
    this.name = name;
    this.#rules = disabled ? [] : config.rules;
  }

  onRequest(stream: Stream): boolean {
    if (this.#rules.length > 0 && stream.filterConfig(this.name)?.kind !== 'disabled') {
      for (const rule of this.#rules) apply(rule, stream);
    }
    return true;
  }
}

function apply({ header, namespace, key, remove }: HeaderToMetadataConfig['rules'][number], stream: Stream): void {
  const { headers } = stream.head;
  const value = headers.get(header);
  if (value === undefined) return;
  if (value !== '' && value.length < maxValueLength) {
    const metadata = (stream.dynamicMetadata ??= {});
    (metadata[namespace] ??= {})[key] = value;
  }
  if (remove) headers.remove(header);
}
