import { z } from 'zod';
import { withRules, type CelRule } from '../../schema/kubernetes-schema.ts';
import { int32, mapOf } from '../../schema/structural.ts';
import { conditions, pendingConditions } from './conditions.ts';
import { gatewaySpecAddress, gatewayStatusAddress } from './gateway-address.ts';
import { gatewayTls } from './gateway-tls.ts';
import { gatewayListeners, listenerStatuses } from './listener.ts';
import { annotationValue, objectName } from './names.ts';
import { localObjectReference } from './references.ts';
import { listenerNamespaces } from './route-namespaces.ts';

function uniqueAddresses(type: string, blanks: string): CelRule {
  return {
    message: `${type} values must be unique`,
    rule: `self.all(a1, a1.type == '${type}'${blanks}&& has(a1.value) ? self.exists_one(a2, a2.type == a1.type && has(a2.value) && a2.value == a1.value) : true )`,
  };
}

/** Keys as Kubernetes wants those of labels and annotations. */
function keyRules(word: string, possessive: string): readonly CelRule[] {
  return [
    {
      message: `${word} keys must be in the form of an optional DNS subdomain prefix followed by a required name segment of up to 63 characters.`,
      rule: 'self.all(key, key.matches(r"""^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$"""))',
    },
    {
      message: `If specified, the ${possessive} key's prefix must be a DNS subdomain not longer than 253 characters in total.`,
      rule: 'self.all(key, key.split("/")[0].size() < 253)',
    },
  ];
}

const labelValue = z
  .string()
  .min(0)
  .max(63)
  .regex(/^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/, {
    error: 'must be a label value of letters, digits, "-", "_" and "."',
  });

const infrastructure = z.strictObject({
  labels: withRules(mapOf(labelValue, 8), ...keyRules('Label', 'label'))
    .optional()
    .describe('Labels of what is made for the Gateway: its Deployment, Service and pods.'),
  annotations: withRules(mapOf(annotationValue, 16), ...keyRules('Annotation', 'annotation'))
    .optional()
    .describe('Annotations of the same.'),
  parametersRef: localObjectReference
    .optional()
    .describe('An object with settings of the controller for this Gateway.'),
});

/** gateway.networking.k8s.io Gateway: where traffic enters, and by which rules routes attach. */
export const kubernetesGatewaySpecSchema = z.strictObject({
  gatewayClassName: objectName.describe('The GatewayClass, which names the controller.'),
  listeners: gatewayListeners.describe('Ports, protocols and hosts.'),
  addresses: withRules(
    z.array(gatewaySpecAddress).max(16),
    uniqueAddresses('IPAddress', ' '),
    uniqueAddresses('Hostname', '  '),
  )
    .optional()
    .describe('Addresses asked for; default: the controller chooses.'),
  infrastructure: infrastructure.optional().describe('What is made for the Gateway.'),
  allowedListeners: z
    .strictObject({
      namespaces: listenerNamespaces.default({ from: 'None' }).describe('From where.'),
    })
    .optional()
    .describe('Which ListenerSets may add listeners; default: none.'),
  tls: gatewayTls.optional().describe('TLS of the whole Gateway.'),
  defaultScope: z
    .enum(['All', 'None'])
    .optional()
    .describe('All: a default Gateway for routes that ask for one (experimental); default None.'),
});

export type KubernetesGatewaySpec = z.input<typeof kubernetesGatewaySpecSchema>;

export const kubernetesGatewayStatusSchema = z
  .strictObject({
    addresses: z.array(gatewayStatusAddress).max(16).optional().describe('Addresses that the Gateway has.'),
    conditions: conditions.default(() => pendingConditions('Accepted', 'Programmed')),
    listeners: listenerStatuses.optional().describe('What became of each listener.'),
    attachedListenerSets: int32().optional().describe('How many ListenerSets are attached.'),
  })
  .default(() => ({ conditions: pendingConditions('Accepted', 'Programmed') }));

export type KubernetesGatewayStatus = z.input<typeof kubernetesGatewayStatusSchema>;
