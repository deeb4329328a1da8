import { z } from 'zod';
import { mapList, setList } from '../../schema/structural.ts';
import { headerName, headerValue } from './names.ts';

const header = z.strictObject({
  name: headerName.describe('Name; case does not matter.'),
  value: headerValue.describe('Value.'),
});

const headers = mapList(z.array(header).max(16), 'name');

/** Changes to the headers of a request or a response. */
export const headerModifier = z.strictObject({
  set: headers.optional().describe('Headers that replace those of the same name.'),
  add: headers.optional().describe('Headers that are added to those of the same name.'),
  remove: setList(z.array(z.string()).max(16)).optional().describe('Names of headers that are taken away.'),
});
