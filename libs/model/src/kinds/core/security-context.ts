import { z } from 'zod';
import { int64, openObject } from '../../schema/structural.ts';

/** Fields that pods and containers share. */
const common = {
  runAsUser: int64().min(0).optional().describe('User id; default: that of the image. 1337 is that of the sidecar.'),
  runAsGroup: int64().min(0).optional().describe('Group id; default: that of the image.'),
  runAsNonRoot: z.boolean().optional().describe('Do not start as root.'),
};

/** Rights of one container; wins over those of the pod. */
export const containerSecurityContext = openObject({
  ...common,
  privileged: z.boolean().optional().describe('All rights of the node; default false.'),
  allowPrivilegeEscalation: z.boolean().optional().describe('Whether a process may get more rights than its parent.'),
  readOnlyRootFilesystem: z.boolean().optional().describe('Whether files of the image are read-only; default false.'),
  capabilities: openObject({
    add: z.array(z.string()).optional().describe('Rights that are given, such as NET_ADMIN.'),
    drop: z.array(z.string()).optional().describe('Rights that are taken.'),
  })
    .optional()
    .describe('Rights of POSIX.'),
});

/** Rights of all containers of a pod. */
export const podSecurityContext = openObject({
  ...common,
  fsGroup: int64().min(0).optional().describe('Group that owns the volumes.'),
  supplementalGroups: z.array(int64().min(0)).optional().describe('Further groups of the processes.'),
  sysctls: z
    .array(openObject({ name: z.string().describe('Name.'), value: z.string().describe('Value.') }))
    .optional()
    .describe('Settings of the kernel.'),
});
