import { z } from 'zod';
import { int32 } from '../../schema/structural.ts';

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const hostName = { error: 'must be a host name: lower-case letters, digits, "-" and "."' };

/** API group of what is referred to; empty for Kubernetes' core group. */
export const groupName = z
  .string()
  .max(253)
  .regex(/^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, {
    error: 'must be an API group such as gateway.networking.k8s.io, or empty for the core group',
  });

/** Kind of what is referred to. */
export const kindName = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/, { error: 'must be a kind such as Service' });

/** Name of an object that is referred to. */
export const objectName = z.string().min(1).max(253);

/** Name of a namespace. */
export const namespaceName = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, { error: 'must be a DNS label' });

/** Name of a part of an object: a listener, a rule, a port of a Service. */
export const sectionName = z.string().min(1).max(253).regex(subdomain, { error: 'must be a DNS subdomain' });

/** A TCP or UDP port. */
export const portNumber = int32().min(1).max(65535);

/** A host name in full, without a wildcard. */
export const preciseHostname = z.string().min(1).max(253).regex(subdomain, hostName);

/** A host name; its first label may be the wildcard `*`. */
export const hostname = z
  .string()
  .min(1)
  .max(253)
  .regex(/^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, {
    error: 'must be a host name, which may begin with "*."',
  });

/** A duration as GEP-2257 has it: up to four numbers of at most five digits, each with h, m, s or ms. */
export const gatewayDuration = z
  .string()
  .regex(/^([0-9]{1,5}(h|m|s|ms)){1,4}$/, { error: 'must be a duration such as 10s, 500ms or 1h30m' });

/** Name of a header, cookie or query parameter: an RFC 9110 token. */
export const headerName = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$/, { error: "must be a name of letters, digits and !#$%&'*+-.^_`|~" });

/** Value of a header: visible characters, with single blanks or tabs between. */
export const headerValue = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[!-~]+([\t ]?[!-~]+)*$/, { error: 'must be visible characters with single blanks between' });

/** Name of a controller: a domain and a path, such as `example.net/gateway-controller`. */
export const controllerName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9\/\-._~%!$&'()*+,;=:]+$/, {
    error: 'must be a domain and a path such as example.net/gateway-controller',
  });

/** Value of an annotation or option. */
export const annotationValue = z.string().min(0).max(4096);
