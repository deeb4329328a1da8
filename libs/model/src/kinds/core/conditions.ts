import { z } from 'zod';
import { dateTime, mergeList, openObject } from '../../schema/structural.ts';

/** Conditions of a kind of Kubernetes itself, whose fields differ a little by kind. */
export const coreConditions = mergeList(
  z.array(
    openObject({
      type: z.string().describe('What it is about, such as Ready.'),
      status: z.string().describe('True, False or Unknown.'),
      reason: z.string().optional().describe('Why, in one word.'),
      message: z.string().optional().describe('Why, for people.'),
      lastTransitionTime: dateTime().optional().describe('When status last changed.'),
    }),
  ),
  ['type'],
).describe('What controllers found out.');
