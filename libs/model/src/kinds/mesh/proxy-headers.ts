import { z } from 'zod';

/** Values of forwardClientCertDetails and forwardedClientCert. */
export const clientCertForwarding = z.enum([
  'UNDEFINED',
  'SANITIZE',
  'FORWARD_ONLY',
  'APPEND_FORWARD',
  'SANITIZE_SET',
  'ALWAYS_FORWARD_ONLY',
]);

const flag = z.boolean().nullish();
const switchedOff = z.strictObject({ disabled: flag.describe('Do not touch it. Default false.') }).optional();
const switchedOn = z.strictObject({ enabled: flag.describe('Set it. Default false.') }).optional();

/** Which headers proxies set, and how. */
export const proxyHeadersSchema = z.strictObject({
  forwardedClientCert: clientCertForwarding
    .optional()
    .describe('What sidecars do with x-forwarded-client-cert of requests; default APPEND_FORWARD.'),
  setCurrentClientCertDetails: z
    .strictObject({
      subject: flag.describe('The certificate’s subject; default true.'),
      cert: flag.describe('The certificate, in PEM; default false.'),
      chain: flag.describe('The whole chain, in PEM; default false.'),
      dns: flag.describe('Its DNS names; default true.'),
      uri: flag.describe('Its URI, the SPIFFE id; default true.'),
    })
    .optional()
    .describe('What of the caller’s certificate is put into x-forwarded-client-cert.'),
  requestId: switchedOff.describe('x-request-id, made where there is none; traces and logs need it.'),
  server: z
    .strictObject({
      disabled: flag.describe('Do not touch it. Default false.'),
      value: z.string().optional().describe('Its value; default istio-envoy.'),
    })
    .optional()
    .describe('server, of answers.'),
  attemptCount: switchedOff.describe('x-envoy-attempt-count, of requests that are tried again.'),
  envoyDebugHeaders: switchedOff.describe('x-envoy-upstream-service-time and the like.'),
  metadataExchangeHeaders: z
    .strictObject({
      mode: z
        .enum(['UNDEFINED', 'IN_MESH'])
        .optional()
        .describe('UNDEFINED: for all (default). IN_MESH: only for services of the mesh.'),
    })
    .optional()
    .describe('x-envoy-peer-metadata, by which proxies know each other.'),
  preserveHttp1HeaderCase: flag.describe('Keep capital letters in names of HTTP/1 headers. Default false.'),
  xForwardedHost: switchedOn.describe('x-forwarded-host, the original host where it is rewritten.'),
  xForwardedPort: switchedOn.describe('x-forwarded-port, the port that the client called.'),
});
