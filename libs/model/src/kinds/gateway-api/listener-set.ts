import { z } from 'zod';
import { conditions, pendingConditions } from './conditions.ts';
import { listenerSetListeners, listenerStatuses } from './listener.ts';
import { groupName, kindName, namespaceName, objectName } from './names.ts';

/** gateway.networking.k8s.io ListenerSet: further listeners of a Gateway, kept by somebody else. */
export const listenerSetSpecSchema = z.strictObject({
  parentRef: z
    .strictObject({
      group: groupName.default('gateway.networking.k8s.io').describe('API group of the parent.'),
      kind: kindName.default('Gateway').describe('Kind of the parent.'),
      name: objectName.describe('Name of the parent.'),
      namespace: namespaceName.optional().describe('Namespace of the parent; default: that of the ListenerSet.'),
    })
    .describe('The Gateway; its allowedListeners must let the ListenerSet in.'),
  listeners: listenerSetListeners.describe('Ports, protocols and hosts; those of the Gateway and of older sets win.'),
});

export type ListenerSetSpec = z.input<typeof listenerSetSpecSchema>;

export const listenerSetStatusSchema = z
  .strictObject({
    conditions: conditions.default(() => pendingConditions('Accepted', 'Programmed')),
    listeners: listenerStatuses.optional().describe('What became of each listener.'),
  })
  .default(() => ({ conditions: pendingConditions('Accepted', 'Programmed') }));

export type ListenerSetStatus = z.input<typeof listenerSetStatusSchema>;
