import { isIP } from 'node:net';
import type { TextSchema } from '@malla/settings';
import { z } from 'zod';

/** A Kubernetes name (RFC 1123 subdomain), as objects, namespaces and service accounts have it. */
export function kubernetesName(): TextSchema<string> {
  return z
    .string()
    .max(253, { error: 'must have at most 253 characters' })
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, {
      error: 'must hold only lower-case letters, digits, "-" and ".", and begin and end with a letter or digit',
    });
}

/** One or more IP addresses, separated by commas; IPv6 without brackets. */
export function ipAddresses(): TextSchema<readonly string[]> {
  return z.string().transform((value, context) => {
    const addresses = value.split(',').map((part) => part.trim());
    const wrong = addresses.find((address) => isIP(address) === 0);
    if (wrong === undefined) return addresses;
    context.addIssue({ code: 'custom', message: `"${wrong}" must be an IP address` });
    return z.NEVER;
  });
}
