import { z } from 'zod';
import { atMostOneOf } from '../istio-type/one-of.ts';
import { uint32 } from '../istio-type/numbers.ts';

const base64 = z
  .string()
  .refine((text) => z.base64().safeParse(text).success, { error: 'must be base64' })
  .meta({ format: 'byte' });

/** Sends the caller elsewhere. */
export const redirectSchema = atMostOneOf(
  z.strictObject({
    uri: z.string().optional().describe('New path, as a whole; default: the request’s.'),
    prefixRewrite: z
      .string()
      .optional()
      .describe('New beginning of the path, in place of what a prefix match matched; the rest is kept. Not with uri.'),
    authority: z.string().optional().describe('New host; default: the request’s.'),
    port: uint32().optional().describe('New port.'),
    derivePort: z
      .enum(['FROM_PROTOCOL_DEFAULT', 'FROM_REQUEST_PORT'])
      .optional()
      .describe('Where the port comes from, in place of port: 80 or 443 by the scheme (default), or the request.'),
    scheme: z.string().optional().describe('New scheme, http or https; default: the request’s.'),
    redirectCode: uint32().optional().describe('Status: 301 (default), 302, 303, 307 or 308.'),
  }),
  ['port', 'derivePort'],
);

/** Answers without forwarding. */
export const directResponseSchema = z.strictObject({
  status: uint32().describe('Status of the answer, 200 to 599.'),
  body: atMostOneOf(
    z.strictObject({
      string: z.string().optional().describe('As text.'),
      bytes: base64.optional().describe('As bytes, in base64.'),
    }),
    ['string', 'bytes'],
  )
    .optional()
    .describe('Content of the answer; default: none. At most 1 MB.'),
});

/** Hands the requests of a rule to another VirtualService, which has no hosts of its own. */
export const delegateSchema = z.strictObject({
  name: z.string().optional().describe('Name of the VirtualService with the further rules.'),
  namespace: z.string().optional().describe('Its namespace; default: that of this VirtualService.'),
});

/** Changes path or host before a request is forwarded. */
export const rewriteSchema = z.strictObject({
  uri: z.string().optional().describe('New path. After a prefix match only the prefix is replaced, as plain text.'),
  authority: z.string().optional().describe('New Host header.'),
  uriRegexRewrite: z
    .strictObject({
      match: z.string().optional().describe('Expression of RE2 that is searched in the path, at most 1024 characters.'),
      rewrite: z.string().optional().describe('What replaces it; \\1 to \\9 are its groups.'),
    })
    .optional()
    .describe('New path by a regular expression; not with uri.'),
});
