import { z } from 'zod';
import { stringMap } from '../istio-type/maps.ts';

const headerOperations = z.strictObject({
  set: stringMap().optional().describe('Headers to overwrite, by name.'),
  add: stringMap().optional().describe('Values to append, by name of the header.'),
  remove: z.array(z.string()).optional().describe('Names of headers to take away.'),
});

/** Edits of request and response headers; set overwrites, add appends, remove takes away. */
export const headersSchema = z
  .strictObject({
    request: headerOperations.optional().describe('Edits of the request, before it is forwarded.'),
    response: headerOperations.optional().describe('Edits of the response, before the caller has it.'),
  })
  .meta({ id: 'Headers' });

export type HeaderEdits = z.infer<typeof headersSchema>;
