import { z } from 'zod';
import { openLabelSelectorSchema } from '../../label-selector.ts';

const selector = openLabelSelectorSchema.optional().describe('For Selector: labels of the namespaces.');

/** From which namespaces routes may attach to a listener. */
export const routeNamespaces = z.strictObject({
  from: z
    .enum(['All', 'Selector', 'Same'])
    .default('Same')
    .describe('All, those that selector chooses, or that of the listener.'),
  selector,
});

/** From which namespaces ListenerSets may attach to a Gateway. */
export const listenerNamespaces = z.strictObject({
  from: z
    .enum(['All', 'Selector', 'Same', 'None'])
    .default('None')
    .describe('All, those that selector chooses, that of the Gateway, or none.'),
  selector,
});
