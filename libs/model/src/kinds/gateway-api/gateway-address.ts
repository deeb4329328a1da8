import { z } from 'zod';
import { withRules } from '../../schema/kubernetes-schema.ts';

/** As structural schema: a value of type IPAddress is one. */
const addressForm = {
  oneOf: [
    {
      properties: { type: { enum: ['IPAddress'] }, value: { anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] } },
    },
    { properties: { type: { not: { enum: ['IPAddress'] } } } },
  ],
};

const hostPattern = '^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$';
const ipAddress = z.union([z.ipv4(), z.ipv6()]);
const value = z.string().max(253);

const isAddress = (a: { readonly type?: string | undefined; readonly value?: string | undefined }) =>
  a.type !== 'IPAddress' || a.value === undefined || ipAddress.safeParse(a.value).success;

const fields = {
  type: z
    .string()
    .min(1)
    .max(253)
    .regex(
      /^Hostname|IPAddress|NamedAddress|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9\/\-._~%!$&'()*+,;=:]+$/,
      { error: 'must be IPAddress, Hostname, NamedAddress or a name such as example.com/kind' },
    )
    .default('IPAddress')
    .describe('IPAddress, Hostname, or one of an implementation such as example.com/kind.'),
  routability: withRules(value, {
    message:
      'Routability must be empty, Cluster, or an implementation-specific prefixed path; k8s.io and its subdomains are reserved',
    rule: "size(self) == 0 || self == 'Cluster' || (self.matches('^.*/.+$') && !format.dns1123Subdomain().validate(self.split('/')[0]).hasValue() && self.split('/')[0] != 'k8s.io' && !self.split('/')[0].endsWith('.k8s.io'))",
  })
    .optional()
    .describe('From where the address can be reached: Cluster, or a name of an implementation (experimental).'),
};

/** An address that a Gateway asks for. */
export const gatewaySpecAddress = withRules(
  z
    .strictObject({
      ...fields,
      value: value.optional().describe('The address; empty: the controller chooses one of the type.'),
    })
    .refine(isAddress, { path: ['value'], error: 'must be an IPv4 or IPv6 address' })
    .meta(addressForm),
  {
    message: `Hostname value must be empty or contain only valid characters (matching ${hostPattern})`,
    rule: `self.type == 'Hostname' ? (!has(self.value) || self.value.matches(r"""${hostPattern}""")): true`,
  },
);

/** An address that a Gateway has. */
export const gatewayStatusAddress = withRules(
  z
    .strictObject({ ...fields, value: value.min(1).describe('The address.') })
    .refine(isAddress, { path: ['value'], error: 'must be an IPv4 or IPv6 address' })
    .meta(addressForm),
  {
    message: `Hostname value must only contain valid characters (matching ${hostPattern})`,
    rule: `self.type == 'Hostname' ? self.value.matches(r"""${hostPattern}"""): true`,
  },
);
