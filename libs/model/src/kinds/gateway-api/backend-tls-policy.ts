import { z } from 'zod';
import { withRules } from '../../schema/kubernetes-schema.ts';
import { mapOf } from '../../schema/structural.ts';
import { annotationValue, groupName, hostname, kindName, objectName, preciseHostname, sectionName } from './names.ts';
import { localObjectReference } from './references.ts';

const targetReference = z.strictObject({
  group: groupName.describe('API group of the target; empty for a Service.'),
  kind: kindName.describe('Kind of the target, such as Service.'),
  name: objectName.describe('Name of the target, in the same namespace.'),
  sectionName: sectionName.optional().describe('Only this port of the Service, by name; default: all.'),
});

const subjectAltName = withRules(
  z.strictObject({
    type: z.enum(['Hostname', 'URI']).describe('Which of the two fields is meant.'),
    hostname: hostname.optional().describe('A DNS name of the certificate.'),
    uri: z
      .string()
      .min(1)
      .max(253)
      .regex(/^(([^:/?#]+):)(\/\/([^/?#]*))([^?#]*)(\?([^#]*))?(#(.*))?/, {
        error: 'must be a URI with scheme and host',
      })
      .optional()
      .describe('A URI of the certificate, such as a SPIFFE ID.'),
  }),
  {
    message: 'SubjectAltName element must contain Hostname, if Type is set to Hostname',
    rule: '!(self.type == "Hostname" && (!has(self.hostname) || self.hostname == ""))',
  },
  {
    message: 'SubjectAltName element must not contain Hostname, if Type is not set to Hostname',
    rule: '!(self.type != "Hostname" && has(self.hostname) && self.hostname != "")',
  },
  {
    message: 'SubjectAltName element must contain URI, if Type is set to URI',
    rule: '!(self.type == "URI" && (!has(self.uri) || self.uri == ""))',
  },
  {
    message: 'SubjectAltName element must not contain URI, if Type is not set to URI',
    rule: '!(self.type != "URI" && has(self.uri) && self.uri != "")',
  },
);

const validation = withRules(
  z.strictObject({
    caCertificateRefs: z
      .array(localObjectReference)
      .min(1)
      .max(8)
      .optional()
      .describe('Objects with CA certificates, such as a ConfigMap with the key ca.crt.'),
    wellKnownCACertificates: z
      .string()
      .min(1)
      .max(253)
      .regex(
        /^(System|([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]))$/,
        { error: 'must be System or a name such as example.com/bundle' },
      )
      .optional()
      .describe('System: the CA certificates of the machine; else a name of an implementation.'),
    hostname: preciseHostname.describe(
      'Name for SNI, and that the certificate must have unless subjectAltNames says otherwise.',
    ),
    subjectAltNames: z
      .array(subjectAltName)
      .max(5)
      .optional()
      .describe('Names of which the certificate must have one, instead of hostname.'),
  }),
  {
    message: 'exactly one of the fields in [caCertificateRefs wellKnownCACertificates] must be set',
    rule: '(has(self.caCertificateRefs)?1:0)+(has(self.wellKnownCACertificates)?1:0) == 1',
  },
);

/** gateway.networking.k8s.io BackendTLSPolicy: TLS from a Gateway to a backend. */
export const backendTlsPolicySpecSchema = z.strictObject({
  targetRefs: withRules(
    z.array(targetReference).min(1).max(16),
    {
      message: 'sectionName must be specified when targetRefs includes 2 or more references to the same target',
      rule: "self.all(p1, self.all(p2, p1.group == p2.group && p1.kind == p2.kind && p1.name == p2.name ? ((!has(p1.sectionName) || p1.sectionName == '') == (!has(p2.sectionName) || p2.sectionName == '')) : true))",
    },
    {
      message: 'sectionName must be unique when targetRefs includes 2 or more references to the same target',
      rule: "self.all(p1, self.exists_one(p2, p1.group == p2.group && p1.kind == p2.kind && p1.name == p2.name && (((!has(p1.sectionName) || p1.sectionName == '') && (!has(p2.sectionName) || p2.sectionName == '')) || (has(p1.sectionName) && has(p2.sectionName) && p1.sectionName == p2.sectionName))))",
    },
  ).describe('The backends.'),
  validation: validation.describe('How the certificate of the backend is checked.'),
  options: mapOf(annotationValue, 16)
    .optional()
    .describe('Further settings of an implementation; its names begin with a domain.'),
});

export type BackendTLSPolicySpec = z.input<typeof backendTlsPolicySpecSchema>;
