import { z } from 'zod';

const schema = z.union([z.ipv4(), z.ipv6()]);

/** Whether a value is an IPv4 or IPv6 address in text. */
export function isIpAddress(value: unknown): value is string {
  return schema.safeParse(value).success;
}
