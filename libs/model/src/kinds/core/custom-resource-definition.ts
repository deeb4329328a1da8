import { z } from 'zod';
import { openObject } from '../../schema/structural.ts';

const texts = (what: string) => z.array(z.string()).optional().describe(what);

/** apiextensions.k8s.io/v1 CustomResourceDefinition as far as analysis reads it: names and versions; schemas are kept as sent. */
export const customResourceDefinitionSpecSchema = openObject({
  group: z.string().min(1).describe('API group of the kind.'),
  scope: z.enum(['Cluster', 'Namespaced']).describe('Whether its objects are in namespaces.'),
  names: openObject({
    kind: z.string().min(1).describe('The kind.'),
    plural: z.string().min(1).describe('Its plural, as in paths.'),
    singular: z.string().optional().describe('Its singular; default: the kind in lower case.'),
    listKind: z.string().optional().describe('Kind of its lists; default: the kind with List.'),
    shortNames: texts('Short names for kubectl.'),
    categories: texts('Groups of kinds for kubectl, such as all.'),
  }).describe('How it is called.'),
  versions: z
    .array(
      openObject({
        name: z.string().min(1).describe('Name, such as v1.'),
        served: z.boolean().describe('Whether the API has it.'),
        storage: z.boolean().describe('Whether objects are stored in it; one version is.'),
        deprecated: z.boolean().optional().describe('Whether its use gives a warning; default false.'),
        deprecationWarning: z.string().optional().describe('Words of the warning.'),
      }),
    )
    .describe('Its versions.'),
  preserveUnknownFields: z.boolean().optional().describe('Must be false in this version.'),
}).describe('Names, versions and schemas of the kind.');

export type CustomResourceDefinitionSpec = z.input<typeof customResourceDefinitionSpecSchema>;

export const customResourceDefinitionStatusSchema = openObject({
  storedVersions: texts('Versions in which objects were ever stored.'),
});

export type CustomResourceDefinitionStatus = z.input<typeof customResourceDefinitionStatusSchema>;
