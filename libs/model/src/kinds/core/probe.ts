import { z } from 'zod';
import { int32, int64, openObject } from '../../schema/structural.ts';
import { port, portNumberOrName } from './values.ts';

const httpGet = openObject({
  path: z.string().optional().describe('Path; default /.'),
  port: portNumberOrName.describe('Port, by number or name.'),
  host: z.string().optional().describe('Address; default: that of the pod.'),
  scheme: z.string().optional().describe('HTTP (default) or HTTPS.'),
  httpHeaders: z
    .array(
      openObject({
        name: z.string().describe('Name.'),
        value: z.string().optional().describe('Value; default empty.'),
      }),
    )
    .optional()
    .describe('Headers of the request.'),
});

const tcpSocket = openObject({
  port: portNumberOrName.describe('Port, by number or name.'),
  host: z.string().optional().describe('Address; default: that of the pod.'),
});

const exec = openObject({
  command: z.array(z.string()).optional().describe('Program and its arguments, without a shell.'),
});

const action = {
  exec: exec.optional().describe('Runs a program in the container; 0 is good.'),
  httpGet: httpGet.optional().describe('Asks by HTTP; 200 to 399 is good.'),
  tcpSocket: tcpSocket.optional().describe('Opens a TCP connection.'),
};

/** What is done in a container at a time of its life. */
const handler = openObject({
  ...action,
  sleep: openObject({ seconds: int64().describe('How long.') })
    .optional()
    .describe('Waits.'),
});

/** How a container is asked whether it lives, is ready or has started. Sidecar injection sends probes through the agent. */
export const probe = openObject({
  ...action,
  grpc: openObject({
    port: port.describe('Port.'),
    service: z.string().optional().describe('Service that is asked for; default: the whole server.'),
  })
    .optional()
    .describe('Asks by gRPC’s health protocol.'),
  initialDelaySeconds: int32().optional().describe('Seconds before the first one; default 0.'),
  timeoutSeconds: int32().optional().describe('Seconds to wait for an answer; default 1.'),
  periodSeconds: int32().optional().describe('Seconds between two; default 10.'),
  successThreshold: int32().optional().describe('Good answers in a row that count as good; default 1.'),
  failureThreshold: int32().optional().describe('Bad answers in a row that count as bad; default 3.'),
  terminationGracePeriodSeconds: int64().optional().describe('Seconds to end in after a bad one; default: of the pod.'),
});

export type Probe = z.input<typeof probe>;

/** What a container does after its start and before its end. */
export const lifecycle = openObject({
  postStart: handler.optional().describe('Right after the start.'),
  preStop: handler.optional().describe('Before the end.'),
});
