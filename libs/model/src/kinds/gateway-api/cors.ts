import { z } from 'zod';
import { withRules } from '../../schema/kubernetes-schema.ts';
import { int32, setList } from '../../schema/structural.ts';
import { headerName } from './names.ts';

const notBesideOthers = (list: string, others: string) => ({
  message: `${list} cannot contain '*' alongside other ${others}`,
  rule: "!('*' in self && self.size() > 1)",
});

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', '*'] as const;

const origin = z
  .string()
  .min(1)
  .max(253)
  .regex(/(^\*$)|(^(http(s)?):\/\/(((\*\.)?([a-zA-Z0-9\-]+\.)*[a-zA-Z0-9-]+|\*)(:([0-9]{1,5}))?)$)/, {
    error: 'must be "*" or an origin such as https://example.com, https://*.example.com or http://example.com:8080',
  });

/** Which pages of other origins may call, as browsers ask (https://fetch.spec.whatwg.org/#http-cors-protocol). */
export const corsFilter = z.strictObject({
  allowOrigins: withRules(setList(z.array(origin).max(64)), notBesideOthers('AllowOrigins', 'origins'))
    .optional()
    .describe('Origins that may call; a wildcard stands for the whole host or its first labels; `*` for all.'),
  allowCredentials: z.boolean().optional().describe('Whether calls may carry cookies and credentials; default false.'),
  allowMethods: withRules(setList(z.array(z.enum(methods)).max(9)), notBesideOthers('AllowMethods', 'methods'))
    .optional()
    .describe('Methods that may be used; `*` for all.'),
  allowHeaders: withRules(setList(z.array(headerName).max(64)), notBesideOthers('AllowHeaders', 'methods'))
    .optional()
    .describe('Request headers that may be sent; `*` for all.'),
  exposeHeaders: setList(z.array(headerName).max(64)).optional().describe('Response headers that the page may read.'),
  maxAge: int32().min(1).default(5).describe('Seconds for which a browser may remember the answer.'),
});
