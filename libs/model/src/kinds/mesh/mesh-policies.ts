import { z } from 'zod';
import { openLabelSelectorSchema } from '../../label-selector.ts';
import { atMostOneOf } from '../istio-type/one-of.ts';
import { clientTlsSchema } from '../networking/client-tls.ts';
import { connectionPoolSchema } from '../networking/connection-pool.ts';
import { outlierDetectionSchema } from '../networking/outlier-detection.ts';

const names = z.array(z.string()).optional();

/** What happens to traffic for hosts that the mesh does not know. */
export const meshOutboundPolicySchema = z.strictObject({
  mode: z
    .enum(['REGISTRY_ONLY', 'ALLOW_ANY', 'ALLOW_ANY_DYNAMIC_DNS'])
    .optional()
    .describe(
      'ALLOW_ANY: passed on to the address called (default). REGISTRY_ONLY: dropped; no firewall. ALLOW_ANY_DYNAMIC_DNS: passed on to the host of the request.',
    ),
  tls: clientTlsSchema.optional().describe('How such connections are secured, with ALLOW_ANY_DYNAMIC_DNS.'),
});

/** Where sidecars pass on what they take in. */
export const inboundPolicySchema = z.strictObject({
  mode: z
    .enum(['PASSTHROUGH', 'LOCALHOST'])
    .optional()
    .describe('PASSTHROUGH: the workload’s address (default). LOCALHOST: 127.0.0.1.'),
});

/** How paths are made the same before anything looks at them. */
export const pathNormalizationSchema = z.strictObject({
  normalization: z
    .enum(['DEFAULT', 'NONE', 'BASE', 'MERGE_SLASHES', 'DECODE_AND_MERGE_SLASHES'])
    .optional()
    .describe(
      'BASE: RFC 3986 (default). MERGE_SLASHES: also // becomes /. DECODE_AND_MERGE_SLASHES: also %2F and %5C are decoded first. NONE: as sent.',
    ),
});

/** Limits of TLS. */
export const meshTlsSchema = z.strictObject({
  minProtocolVersion: z
    .enum(['TLS_AUTO', 'TLSV1_2', 'TLSV1_3'])
    .optional()
    .describe('Oldest version of TLS; default TLSV1_2.'),
  ecdhCurves: names.describe('Curves for the key exchange; default: Envoy’s. Not for mutual TLS of the mesh.'),
  cipherSuites: names.describe('Cipher suites up to TLS 1.2; default: AES-GCM ones.'),
});

/** What DestinationRules begin with. */
export const defaultTrafficPolicySchema = z.strictObject({
  connectionPool: connectionPoolSchema.optional().describe('Limits where no DestinationRule has a connectionPool.'),
  outlierDetection: outlierDetectionSchema
    .optional()
    .describe('Ejection where no DestinationRule has outlierDetection.'),
});

/** Settings of some services. */
export const serviceSettingsSchema = z.strictObject({
  settings: z
    .strictObject({
      clusterLocal: z
        .boolean()
        .optional()
        .describe('Callers use instances of their own cluster only. Default false, true in kube-system.'),
    })
    .optional()
    .describe('What holds for them.'),
  hosts: names.describe('The services: full names or *.suffix.'),
});

/** Which services of a mesh of several clusters are known in all of them. */
export const serviceScopeSchema = z.strictObject({
  namespaceSelector: openLabelSelectorSchema.optional().describe('Namespaces of the services, by label.'),
  servicesSelector: openLabelSelectorSchema.optional().describe('The services, by label.'),
  scope: z.enum(['LOCAL', 'GLOBAL']).optional().describe('LOCAL: their own cluster (default). GLOBAL: all clusters.'),
});

const visibility = z.enum(['VISIBILITY_UNSPECIFIED', 'NONE', 'NAMESPACE', 'PUBLIC']).optional();

/** How far ServiceEntries are seen, whatever their exportTo. */
export const serviceEntryVisibilitySchema = z.strictObject({
  defaultVisibility: visibility.describe('For those that no policy is for; default PUBLIC.'),
  applyToSidecars: z
    .boolean()
    .optional()
    .describe('It holds for sidecars too; default false: for ambient proxies alone, sidecars go by exportTo.'),
  policies: z
    .array(
      z.strictObject({
        visibility: visibility.describe('NONE: nobody. NAMESPACE: their own namespace. PUBLIC: all.'),
        matchingRules: z
          .array(
            atMostOneOf(
              z.strictObject({
                namespaceSelector: openLabelSelectorSchema
                  .optional()
                  .describe('Namespace of the ServiceEntry, by label.'),
              }),
              ['namespaceSelector'],
            ),
          )
          .optional()
          .describe('Conditions, all of which must hold.'),
      }),
    )
    .optional()
    .describe('The first whose conditions hold decides.'),
});
