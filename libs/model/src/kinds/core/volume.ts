import { z } from 'zod';
import { dnsLabelSchema } from '../../metadata.ts';
import { int32, mergeList, openObject } from '../../schema/structural.ts';
import { quantity } from './values.ts';

const items = z
  .array(openObject({ key: z.string().describe('Name of the entry.'), path: z.string().describe('Path of the file.') }))
  .optional()
  .describe('Only these entries, and where; default: all, by their names.');
const mode = int32().min(0).max(0o777).optional().describe('Rights of the files; default 0644.');
const optional = z.boolean().optional().describe('Whether it may be missing; default false.');

const volume = openObject({
  name: dnsLabelSchema.describe('Name, unique in the pod.'),
  emptyDir: openObject({
    medium: z.string().optional().describe('Memory, or empty for the disk of the node (default).'),
    sizeLimit: quantity.optional().describe('Size at most.'),
  })
    .optional()
    .describe('A folder that is empty at first and goes with the pod.'),
  hostPath: openObject({
    path: z.string().describe('Path on the node.'),
    type: z.string().optional().describe('What must be there; default: anything.'),
  })
    .optional()
    .describe('A path of the node.'),
  configMap: openObject({ name: z.string().optional().describe('Name.'), items, defaultMode: mode, optional })
    .optional()
    .describe('Entries of a ConfigMap as files.'),
  secret: openObject({ secretName: z.string().optional().describe('Name.'), items, defaultMode: mode, optional })
    .optional()
    .describe('Entries of a Secret as files.'),
  persistentVolumeClaim: openObject({
    claimName: z.string().describe('Name of the claim.'),
    readOnly: z.boolean().optional().describe('Default false.'),
  })
    .optional()
    .describe('A volume that outlives the pod.'),
  downwardAPI: openObject({}).optional().describe('Fields of the pod as files.'),
  projected: openObject({
    sources: z.array(openObject({})).optional().describe('What is put together.'),
    defaultMode: mode,
  })
    .optional()
    .describe('Several sources in one folder, such as tokens and certificates.'),
  csi: openObject({ driver: z.string().describe('Name of the driver.') })
    .optional()
    .describe('A volume of a CSI driver.'),
});

export type Volume = z.input<typeof volume>;

/** Volumes of a pod; other sources are kept as sent. */
export const volumes = mergeList(z.array(volume), ['name'], { retainKeys: true });
