import { z } from 'zod';
import { anyDuration } from '../istio-type/durations.ts';
import { uint32 } from '../istio-type/numbers.ts';
import { atMostOneOf } from '../istio-type/one-of.ts';

/** Where a provider is: a service of the registry and its port. */
export const providerService = {
  service: z
    .string()
    .optional()
    .describe('Service of the provider: its full name, or namespace/name where several have the name; required.'),
  port: uint32().optional().describe('Port of the service; required.'),
};

/** Longest path in the tag of a span; the same field of many tracing providers. */
export const maxTagLength = uint32().optional().describe('Most characters of the path in a span’s tag; default 256.');

const headerSchema = atMostOneOf(
  z.strictObject({
    name: z.string().optional().describe('Name of the header; required.'),
    value: z.string().optional().describe('Its value; readers of the object see it.'),
    envName: z
      .string()
      .optional()
      .describe('Environment variable of the control plane that has the value, for secrets.'),
  }),
  ['value', 'envName'],
);

/** Headers that a proxy adds to what it sends to a provider. */
export const providerHeaders = z.array(headerSchema);

/** How a provider is spoken to by HTTP. */
export const httpServiceSchema = z.strictObject({
  path: z.string().optional().describe('Path of requests; required.'),
  timeout: anyDuration.optional().describe('Time for a request; default 3s.'),
  headers: providerHeaders.optional().describe('Headers to add, such as for credentials.'),
});

/** How a provider is spoken to by gRPC. */
export const grpcServiceSchema = z.strictObject({
  timeout: anyDuration.optional().describe('Time for a request; default: Envoy’s.'),
  initialMetadata: providerHeaders.optional().describe('Metadata to add, such as for credentials.'),
});
