import { peerMetadataHeader, peerMetadataKey, peerMetadataVariable, type ClientTlsIr } from '@malla/ir';
import { HeaderValueOption_HeaderAppendAction } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import { HeaderMutationSchema } from '@malla/protos/gen/envoy/extensions/filters/http/header_mutation/v3/header_mutation_pb';
import { ConfigSchema as HeaderToMetadataSchema } from '@malla/protos/gen/envoy/extensions/filters/http/header_to_metadata/v3/header_to_metadata_pb';
import { UpstreamCodecSchema } from '@malla/protos/gen/envoy/extensions/filters/http/upstream_codec/v3/upstream_codec_pb';
import { extension, type TypedExtension } from '../wire/typed-config.ts';

/**
 * Peer metadata: a proxy tells the callee's proxy what its own workload is, in a header. Istio's proxies have a filter of their own for this; these
 * are filters that every Envoy has.
 *
 *     caller's proxy: header from the environment, on clusters of the mesh alone
 *     callee's proxy: off the request, whoever sent it, into dynamic metadata -> label `source_peer`, if the caller has a certificate of the mesh
 *     callee's agent: counts only if the namespace is the one of the certificate
 */
export function takePeerMetadata(): TypedExtension {
  const { namespace: metadataNamespace, key } = peerMetadataKey;
  return extension('envoy.filters.http.header_to_metadata', HeaderToMetadataSchema, {
    requestRules: [{ header: peerMetadataHeader, onHeaderPresent: { metadataNamespace, key }, remove: true }],
  });
}

/** Filters of clusters whose endpoints may be proxies of the mesh; none for others, which it is no business of. */
export function tellPeerMetadata({ kind }: ClientTlsIr): TypedExtension[] {
  if (kind !== 'auto' && kind !== 'mesh') return [];
  return [
    extension('envoy.filters.http.header_mutation', HeaderMutationSchema, {
      mutations: { requestMutations: [{ action: { case: 'append', value: ownPeerMetadata } }] },
    }),
    extension('envoy.filters.http.upstream_codec', UpstreamCodecSchema, {}),
  ];
}

/** Whatever the application or a stranger has put there. */
const ownPeerMetadata = {
  header: { key: peerMetadataHeader, value: `%ENVIRONMENT(${peerMetadataVariable})%` },
  appendAction: HeaderValueOption_HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD,
};
