import { describe, expect, it } from 'vitest';
import { ClusterSchema } from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { any, encode, extension } from '../../test/encode.ts';
import { ingestCluster } from '../ingest.ts';

const codec = extension('extensions.filters.http.upstream_codec.v3.UpstreamCodec');
const setting = (value: string, append_action = 'OVERWRITE_IF_EXISTS_OR_ADD') =>
  extension('extensions.filters.http.header_mutation.v3.HeaderMutation', {
    mutations: { request_mutations: [{ append: { header: { key: 'X-Peer', value }, append_action } }] },
  });

function read(http_filters: readonly object[], environment = {}) {
  const options = any('extensions.upstreams.http.v3.HttpProtocolOptions', {
    explicit_http_config: { http_protocol_options: {} },
    http_filters,
  });
  const typed_extension_protocol_options = { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': options };
  return ingestCluster('', encode(ClusterSchema, { name: 'c', typed_extension_protocol_options }), environment);
}

describe('filters of a cluster', () => {
  it('set headers, from the environment too', () => {
    const result = read([setting('a-%ENVIRONMENT(NAME)%-%ENVIRONMENT(NOBODY)%%%'), codec], { NAME: 'web' });
    expect(result).toMatchObject({ ok: true, config: { http: { requestHeaders: [['x-peer', 'a-web--%']] } } });
  });

  it.each([
    ['without the codec', [setting('a')]],
    ['behind the codec', [codec, setting('a')]],
    ['that append', [setting('a', 'APPEND_IF_EXISTS_OR_ADD'), codec]],
    ['with other commands', [setting('%START_TIME%'), codec]],
    ['of other kinds', [extension('extensions.filters.http.cors.v3.Cors'), codec]],
  ])('are refused %s', (_what, filters) => expect(read(filters).ok).toBe(false));
});
