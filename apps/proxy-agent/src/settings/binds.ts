import type { InboundBind, OutboundBind, SocketAddress } from '@malla/ir';
import { parseHostPort, type TextSchema } from '@malla/settings';
import { isIP } from 'node:net';
import { z } from 'zod';

/** `TARGETPORT=BIND>APPLICATION,...` such as `9080=127.0.0.1:30001>127.0.0.1:40001`: where peers connect to, and where it goes. */
export function inboundBinds(): TextSchema<readonly InboundBind[]> {
  return eachOf('TARGETPORT=IP:PORT>IP:PORT', (part) => {
    const match = /^(\d{1,5})=([^>]+)>(.+)$/.exec(part);
    const bind = addressOf(match?.[2]);
    const forwardTo = addressOf(match?.[3]);
    const targetPort = portOf(match?.[1]);
    return targetPort && bind && forwardTo ? { targetPort, bind, forwardTo } : undefined;
  });
}

/** `HOST:PORT=BIND,...` such as `reviews.default.svc.cluster.local:9080=127.0.0.1:20001`: where the application reaches a service. */
export function outboundBinds(): TextSchema<readonly OutboundBind[]> {
  return eachOf('HOST:PORT=IP:PORT', (part) => {
    const [service, where, ...rest] = part.split('=');
    const target = parseHostPort(service ?? '');
    const bind = addressOf(where);
    if (target === undefined || target.port === 0 || bind === undefined || rest.length > 0) return undefined;
    return { host: target.host, port: target.port, bind };
  });
}

/** `IP:PORT`; IPv6 in brackets. */
export function socketAddress(): TextSchema<SocketAddress> {
  return z
    .string()
    .transform((value, context) => addressOf(value) ?? problem(context, `"${value}" must be IP:PORT`))
    .describe('IP:PORT');
}

/** `NAME=PORT,...`: service port names (or target ports) and the ports peers connect to. */
export function portMap(): TextSchema<Readonly<Record<string, number>>> {
  const entries = eachOf('NAME=PORT', (part) => {
    const [name, text, ...rest] = part.split('=');
    const port = portOf(text);
    return name && port && rest.length === 0 ? ([name, port] as const) : undefined;
  });
  return entries.transform((list) => Object.fromEntries(list)) as TextSchema<Readonly<Record<string, number>>>;
}

/** Reads a list separated by commas; each part that is wrong is named with the form that is expected. */
function eachOf<T>(form: string, parse: (part: string) => T | undefined) {
  const schema = z.string().transform((value, context) => {
    const parts = value.split(',').map((part) => part.trim());
    return parts
      .filter((part) => part !== '')
      .map((part) => parse(part) ?? problem(context, `"${part}" must be ${form} (ports 1 to 65535, IPv6 in brackets)`));
  });
  return schema.describe(`${form},...`);
}

function addressOf(text: string | undefined): SocketAddress | undefined {
  const parsed = parseHostPort(text ?? '');
  if (parsed === undefined || parsed.port === 0 || isIP(parsed.host) === 0) return undefined;
  return { address: parsed.host, port: parsed.port };
}

function portOf(text: string | undefined): number | undefined {
  const port = Number(text);
  return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : undefined;
}

function problem(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}
