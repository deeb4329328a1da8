import { z } from 'zod';
import { bytes, dataKey } from './values.ts';

/** Core v1 ConfigMap. That of the name `istio` in the root namespace holds the mesh configuration. */
export const configMapFields = {
  data: z.record(dataKey, z.string()).optional().describe('Texts by name. For certificates the name is ca.crt.'),
  binaryData: z.record(dataKey, bytes).optional().describe('Bytes in base64 by name; no name stands in data too.'),
  immutable: z.boolean().optional().describe('Refuse changes of data from now on.'),
};
