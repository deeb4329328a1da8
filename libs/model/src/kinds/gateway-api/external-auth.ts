import { z } from 'zod';
import { withRules } from '../../schema/kubernetes-schema.ts';
import { int32, setList } from '../../schema/structural.ts';
import { backendObjectReference } from './references.ts';

const names = setList(z.array(z.string()).max(64)).optional();

/** Asks a service whether a request may pass, before it goes on. */
export const externalAuthFilter = withRules(
  z.strictObject({
    protocol: z.enum(['HTTP', 'GRPC']).describe('How the service is asked: by HTTP, or by gRPC as Envoy’s ext_authz.'),
    backendRef: backendObjectReference.describe('The service that is asked.'),
    grpc: z
      .strictObject({
        allowedHeaders: names.describe('Request headers that the service sees; default: all.'),
      })
      .optional()
      .describe('For protocol GRPC.'),
    http: z
      .strictObject({
        path: z
          .string()
          .max(1024)
          .regex(/^(?:[-A-Za-z0-9\/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$/, { error: 'must be a path' })
          .optional()
          .describe('Path that the path of the request is appended to; default: none.'),
        allowedHeaders: names.describe('Request headers that the service sees, beside Authorization and a few others.'),
        allowedResponseHeaders: names.describe('Headers of its answer that go on to the backend; default: all.'),
      })
      .optional()
      .describe('For protocol HTTP.'),
    forwardBody: z
      .strictObject({
        maxSize: int32()
          .min(0)
          .optional()
          .describe('Bytes of the body that the service sees at most; default 0: none.'),
      })
      .optional()
      .describe('Whether the service sees the body; default: it does not.'),
  }),
  {
    message: "grpc must be specified when protocol is set to 'GRPC'",
    rule: "self.protocol == 'GRPC' ? has(self.grpc) : true",
  },
  { message: "protocol must be 'GRPC' when grpc is set", rule: "has(self.grpc) ? self.protocol == 'GRPC' : true" },
  {
    message: "http must be specified when protocol is set to 'HTTP'",
    rule: "self.protocol == 'HTTP' ? has(self.http) : true",
  },
  { message: "protocol must be 'HTTP' when http is set", rule: "has(self.http) ? self.protocol == 'HTTP' : true" },
);
