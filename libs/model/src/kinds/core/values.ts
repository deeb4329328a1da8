import { z } from 'zod';
import { qualifiedNameSchema } from '../../metadata.ts';
import { int32 } from '../../schema/structural.ts';

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Base64 as Go reads it: line breaks do not count. */
function isBase64(text: string): boolean {
  const joined = /[\r\n]/.test(text) ? text.replaceAll(/[\r\n]/g, '') : text;
  return joined.length % 4 === 0 && base64.test(joined);
}

/** Bytes in base64; line breaks between are allowed, as YAML's block texts have them. */
export const bytes = z.string().refine(isBase64, { error: 'must be base64' }).meta({ format: 'byte' });

/** Name of an entry of a ConfigMap or Secret: it can be the name of a file. */
export const dataKey = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/, { error: 'must be a name of letters, digits, "-", "_" and "."' })
  .refine((key) => key !== '.' && !key.startsWith('..'), { error: 'must not be "." and not begin with ".."' });

/** An IPv4 or IPv6 address. */
export const ipAddress = z.union([z.ipv4(), z.ipv6()], { error: 'must be an IPv4 or IPv6 address' });

/** A TCP, UDP or SCTP port. */
export const port = int32().min(1).max(65535);

/** Protocol below a port. */
export const transport = z.enum(['TCP', 'UDP', 'SCTP']);

/** Protocol of a port; without one it is TCP. */
export const protocol = transport.default('TCP').describe('What is below it.');

/** Name of a port of a container: at most 15 letters, digits and "-", with a letter. Source: RFC 6335, section 5.1 */
export const portName = z
  .string()
  .max(15)
  .regex(/^(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/, {
    error: 'must be a port name: at most 15 lower-case letters, digits and "-", with a letter',
  });

/** A port by its number, or by its name in the containers. */
export const portNumberOrName = z.union([port, portName]).meta({ 'x-kubernetes-int-or-string': true });

/** A number, or a share such as `25%`. */
export const numberOrPercent = z
  .union([z.int().min(0), z.string().regex(/^[0-9]+%$/, { error: 'must be a number or a share such as 25%' })])
  .meta({ 'x-kubernetes-int-or-string': true });

/** An amount such as `500m`, `1Gi` or 2; https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
export const quantity = z
  .union([
    z.number(),
    z.string().regex(/^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+|[KMGTPE]i|[numkMGTPE])?$/, {
      error: 'must be an amount such as 500m or 1Gi',
    }),
  ])
  .meta({ 'x-kubernetes-int-or-string': true });

/** A protocol above TCP, such as `http` or `kubernetes.io/h2c`. */
export const appProtocol = qualifiedNameSchema.describe(
  'http, http2, kubernetes.io/h2c, grpc, tcp and more; wins over the name of the port.',
);

/** A host name in lower case; its first label may be `*`. */
export const hostOrWildcard = z
  .string()
  .max(253)
  .regex(/^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, {
    error: 'must be a host name in lower case, which may begin with "*."',
  });

/** A range of addresses such as `10.0.0.0/8`. */
export const addressRange = z.union([z.cidrv4(), z.cidrv6()], { error: 'must be a range such as 10.0.0.0/8' });

/** A name that can be a part of a path. */
export const pathSegment = z
  .string()
  .min(1)
  .refine((name) => name !== '.' && name !== '..' && !/[/%]/.test(name), {
    error: 'must not contain "/" or "%", and not be "." or ".."',
  });

/** Name of a Service: begins with a letter. Source: RFC 1035 */
export const serviceName = z
  .string()
  .max(63)
  .regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/, {
    error: 'must be a DNS label that begins with a letter: lower-case letters, digits and "-"',
  });
