import { z } from 'zod';
import { withRules } from '../../schema/kubernetes-schema.ts';
import { int32 } from '../../schema/structural.ts';
import { groupName, kindName, namespaceName, objectName, portNumber, sectionName } from './names.ts';

const gatewayGroup = 'gateway.networking.k8s.io';

const namespaceField = namespaceName
  .optional()
  .describe('Namespace; default: that of this object. Another one needs a ReferenceGrant there.');

/** What a route attaches to: a Gateway, a ListenerSet, or a Service for traffic inside the mesh. */
export const parentReference = z.strictObject({
  group: groupName.default(gatewayGroup).describe('API group of the parent; empty for a Service.'),
  kind: kindName.default('Gateway').describe('Kind of the parent: Gateway, ListenerSet or Service.'),
  namespace: namespaceName
    .optional()
    .describe(
      'Namespace of the parent; default: that of the route. A Gateway elsewhere must allow it in its listener.',
    ),
  name: objectName.describe('Name of the parent.'),
  sectionName: sectionName
    .optional()
    .describe('Only this listener of a Gateway, or this port of a Service by name; default: all.'),
  port: portNumber.optional().describe('Only listeners, or the port of a Service, with this number; default: all.'),
});

const sameParent =
  "p1.group == p2.group && p1.kind == p2.kind && p1.name == p2.name && (((!has(p1.__namespace__) || p1.__namespace__ == '') && (!has(p2.__namespace__) || p2.__namespace__ == '')) || (has(p1.__namespace__) && has(p2.__namespace__) && p1.__namespace__ == p2.__namespace__";

/** Everything that a route attaches to; two references to one parent name different parts of it. */
export const parentReferences = withRules(
  z.array(parentReference).max(32),
  {
    message: 'sectionName or port must be specified when parentRefs includes 2 or more references to the same parent',
    rule: `self.all(p1, self.all(p2, ${sameParent})) ? ((!has(p1.sectionName) || p1.sectionName == '') == (!has(p2.sectionName) || p2.sectionName == '') && (!has(p1.port) || p1.port == 0) == (!has(p2.port) || p2.port == 0)): true))`,
  },
  {
    message: 'sectionName or port must be unique when parentRefs includes 2 or more references to the same parent',
    rule: `self.all(p1, self.exists_one(p2, ${sameParent} )) && (((!has(p1.sectionName) || p1.sectionName == '') && (!has(p2.sectionName) || p2.sectionName == '')) || ( has(p1.sectionName) && has(p2.sectionName) && p1.sectionName == p2.sectionName)) && (((!has(p1.port) || p1.port == 0) && (!has(p2.port) || p2.port == 0)) || (has(p1.port) && has(p2.port) && p1.port == p2.port))))`,
  },
);

/** Rules of every reference to a backend. */
const backendRules = [
  {
    message: 'Must have port for Service reference',
    rule: "(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true",
  },
  {
    message: 'Must not have port for Backend reference',
    rule: "(self.group == 'gateway.networking.x-k8s.io' && self.kind == 'XBackend') ? !has(self.port) : true",
  },
] as const;

const backendObjectFields = {
  group: groupName.default('').describe('API group of the backend; empty for the core group.'),
  kind: kindName.default('Service').describe('Kind of the backend.'),
  name: objectName.describe('Name of the backend.'),
  namespace: namespaceField,
  port: portNumber.optional().describe('Port of the Service; required for one.'),
};

/** One backend without a weight, as mirrors and authorization services have it. */
export const backendObjectReference = withRules(z.strictObject(backendObjectFields), ...backendRules);

const weightedFields = {
  ...backendObjectFields,
  weight: int32()
    .min(0)
    .max(1_000_000)
    .default(1)
    .describe('Share of requests: this weight of the sum of all; 0 sends none.'),
};

/** One of several backends, with its share. */
export const backendReference = withRules(z.strictObject(weightedFields), ...backendRules);

/** As {@link backendReference}, with filters that act only on what goes to this backend. */
export function filteredBackendReference<F extends z.ZodType>(filters: F) {
  return withRules(
    z.strictObject({
      ...weightedFields,
      filters: filters.optional().describe('Changes to what goes to this backend only.'),
    }),
    ...backendRules,
  );
}

/** A Secret, or another object with a certificate and key. */
export const secretObjectReference = z.strictObject({
  group: groupName.default('').describe('API group; empty for the core group.'),
  kind: kindName.default('Secret').describe('Kind.'),
  name: objectName.describe('Name.'),
  namespace: namespaceField,
});

/** An object of the same namespace. */
export const localObjectReference = z.strictObject({
  group: groupName.describe('API group; empty for the core group.'),
  kind: kindName.describe('Kind, such as ConfigMap.'),
  name: objectName.describe('Name.'),
});

/** An object of any namespace. */
export const objectReference = z.strictObject({
  group: groupName.describe('API group; empty for the core group.'),
  kind: kindName.describe('Kind, such as ConfigMap.'),
  name: objectName.describe('Name.'),
  namespace: namespaceField,
});
