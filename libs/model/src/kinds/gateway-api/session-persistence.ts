import { z } from 'zod';
import { withRules } from '../../schema/kubernetes-schema.ts';
import { gatewayDuration, headerName } from './names.ts';

/** Sends all requests of a session to one backend. */
export const sessionPersistence = withRules(
  z.strictObject({
    type: z.enum(['Cookie', 'Header']).default('Cookie').describe('What carries the session.'),
    absoluteTimeout: gatewayDuration.optional().describe('Age at which a session ends; default: it does not.'),
    cookie: z
      .strictObject({
        name: headerName.optional().describe('Name of the cookie; default: the implementation chooses.'),
        path: z.string().max(1024).default('/').describe('Path that the cookie is for.'),
        lifetimeType: z
          .enum(['Permanent', 'Session'])
          .default('Session')
          .describe('Session ends with the browser, Permanent after absoluteTimeout.'),
      })
      .optional()
      .describe('For type Cookie.'),
    header: z
      .strictObject({ name: headerName.describe('Name of the header.') })
      .optional()
      .describe('For type Header.'),
  }),
  {
    message: 'AbsoluteTimeout must be specified when cookie lifetimeType is Permanent',
    rule: "!has(self.cookie) || !has(self.cookie.lifetimeType) || self.cookie.lifetimeType != 'Permanent' || has(self.absoluteTimeout)",
  },
  { message: 'cookie must be nil if type is not Cookie', rule: "!has(self.cookie) || self.type == 'Cookie'" },
  { message: 'cookie must be specified for Cookie type', rule: "self.type != 'Cookie' || has(self.cookie)" },
  { message: 'header must be nil if type is not Header', rule: "!has(self.header) || self.type == 'Header'" },
  { message: 'header must be specified for Header type', rule: "self.type != 'Header' || has(self.header)" },
);
