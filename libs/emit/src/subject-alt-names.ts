import { SubjectAltNameMatcher_SanType } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/common_pb';

/** Users write DNS names, URIs and addresses in one list; the kinds are alternatives. */
export function serverSans(name: string) {
  const { DNS, URI, IP_ADDRESS } = SubjectAltNameMatcher_SanType;
  return name.includes('://') ? [exactSan(URI, name)] : [exactSan(DNS, name), exactSan(IP_ADDRESS, name)];
}

/** One name of a certificate, exactly. */
export function exactSan(sanType: SubjectAltNameMatcher_SanType, value: string) {
  return { sanType, matcher: { matchPattern: { case: 'exact' as const, value } } };
}
