import { z } from 'zod';
import { groupName, kindName, namespaceName, objectName } from './names.ts';

/** gateway.networking.k8s.io ReferenceGrant: which objects of other namespaces may refer to objects of this one. */
export const referenceGrantSpecSchema = z.strictObject({
  from: z
    .array(
      z.strictObject({
        group: groupName.describe('API group of the objects that refer; empty for the core group.'),
        kind: kindName.describe('Their kind, such as HTTPRoute or Gateway.'),
        namespace: namespaceName.describe('Their namespace.'),
      }),
    )
    .min(1)
    .max(16)
    .describe('Who may refer; one entry suffices.'),
  to: z
    .array(
      z.strictObject({
        group: groupName.describe('API group of the objects referred to; empty for the core group.'),
        kind: kindName.describe('Their kind, such as Service or Secret.'),
        name: objectName.optional().describe('Only the object of this name; default: all of the kind.'),
      }),
    )
    .min(1)
    .max(16)
    .describe('What may be referred to, in the namespace of the grant.'),
});

export type ReferenceGrantSpec = z.input<typeof referenceGrantSpecSchema>;
