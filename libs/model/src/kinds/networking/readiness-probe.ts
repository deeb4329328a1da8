import { z } from 'zod';
import { withRules } from '../../schema/kubernetes-schema.ts';
import { int32 } from '../../schema/structural.ts';
import { portByRule } from '../istio-type/numbers.ts';
import { atMostOneOf } from '../istio-type/one-of.ts';

const count = () => int32().min(0).optional();

const httpGetSchema = z.strictObject({
  path: z.string().optional().describe('Path of the request; default /.'),
  port: portByRule().describe('Port of the application.'),
  host: z.string().optional().describe('Host to connect to; default: the instance itself.'),
  scheme: withRules(z.string(), {
    rule: 'self in ["", "HTTP", "HTTPS"]',
    message: 'scheme must be one of [HTTP, HTTPS]',
  })
    .optional()
    .describe('HTTP (default) or HTTPS.'),
  httpHeaders: z
    .array(
      z.strictObject({
        name: z
          .string()
          .regex(/^[-_A-Za-z0-9]+$/)
          .optional()
          .describe('Name of the header.'),
        value: z.string().optional().describe('Its value.'),
      }),
    )
    .optional()
    .describe('Headers of the request; a name may come more than once.'),
});

/** How the agent of an instance finds out whether the application is ready, as Kubernetes' readiness probes. */
export const readinessProbeSchema = atMostOneOf(
  z.strictObject({
    httpGet: httpGetSchema.optional().describe('Ready while a GET is answered with a status from 200 to 399.'),
    tcpSocket: z
      .strictObject({
        host: z.string().optional().describe('Host to connect to; default localhost.'),
        port: portByRule().describe('Port to connect to.'),
      })
      .optional()
      .describe('Ready while a connection opens.'),
    exec: z
      .strictObject({ command: z.array(z.string().min(1)).describe('Program and its arguments; no shell.') })
      .optional()
      .describe('Ready while a program ends with status 0.'),
    grpc: z
      .strictObject({
        port: portByRule().optional().describe('Port of the gRPC server.'),
        service: z.string().optional().describe('Service to ask for; default: the server as a whole.'),
      })
      .optional()
      .describe('Ready while the gRPC health service says SERVING.'),
    initialDelaySeconds: count().describe('Seconds from the start to the first probe; default 0.'),
    timeoutSeconds: count().describe('Seconds after which a probe has failed; default 1.'),
    periodSeconds: count().describe('Seconds between probes; default 10.'),
    successThreshold: count().describe('Successes in a row after which it is ready again; default 1.'),
    failureThreshold: count().describe('Failures in a row after which it is not ready; default 3.'),
  }),
  ['httpGet', 'tcpSocket', 'exec', 'grpc'],
);

export type ReadinessProbe = z.infer<typeof readinessProbeSchema>;
