import { isIP } from 'node:net';
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
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

/** Stands for the addresses of this machine, or of the network namespace that this process is in. */
const ownAddresses = 'auto';

/** One or more IP addresses, separated by commas; IPv6 without brackets. `auto`: see {@link addressesOf}. */
export function ipAddresses(): TextSchema<readonly string[]> {
  return z.string().transform((value, context) => {
    if (value === ownAddresses) {
      const own = addressesOf(networkInterfaces());
      if (own.length > 0) return own;
      context.addIssue({ code: 'custom', message: '"auto": there is no interface besides loopback' });
      return z.NEVER;
    }
    const addresses = value.split(',').map((part) => part.trim());
    const wrong = addresses.find((address) => isIP(address) === 0);
    if (wrong === undefined) return addresses;
    context.addIssue({ code: 'custom', message: `"${wrong}" must be an IP address` });
    return z.NEVER;
  });
}

/** Addresses that others reach, IPv4 first: neither those of loopback nor those that hold on one link only (RFC 4291, 2.5.6). */
export function addressesOf(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): readonly string[] {
  const all = Object.values(interfaces).flatMap((addresses = []) => addresses);
  const reached = all.filter(({ internal, address }) => !internal && !/^fe[89ab]/i.test(address));
  const of = (family: string) => reached.filter((each) => each.family === family).map(({ address }) => address);
  return [...of('IPv4'), ...of('IPv6')];
}
