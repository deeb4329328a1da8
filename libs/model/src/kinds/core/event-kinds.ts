import { z } from 'zod';
import { defineKind, type KindDefinition } from '../kind-definition.ts';
import type { FieldsOf } from './fields-of.ts';
import { objectReference } from './references.ts';

const docs = 'https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/';
const time = (description: string) => z.string().nullish().describe(description);
const text = (description: string) => z.string().optional().describe(description);

const eventSource = z
  .strictObject({ component: text('Program.'), host: text('Machine.') })
  .describe('Who reports it; reportingComponent says the same.');
const type = text('Normal or Warning.');
const series = z
  .strictObject({
    count: z.int().min(0).describe('How often it happened so far.'),
    lastObservedTime: z.string().describe('When it happened last.'),
  })
  .optional()
  .describe('Set for something that happens again and again.');
const shared = {
  eventTime: time('When it happened first.'),
  series,
  action: text('What was done or failed.'),
  reason: text('Why, in one word, such as ProxyRejected.'),
  related: objectReference.optional().describe('Another object that has to do with it.'),
  type,
};

const coreEventFields = {
  ...shared,
  involvedObject: objectReference.describe('The object that it is about.'),
  message: text('What happened, for people.'),
  source: eventSource.optional(),
  firstTimestamp: time('When it happened first.'),
  lastTimestamp: time('When it happened last.'),
  count: z.int().min(0).optional().describe('How often it happened.'),
  reportingComponent: text('Who reports it, such as malla.io/config-api.'),
  reportingInstance: text('Which instance of it.'),
};

const eventFields = {
  ...shared,
  regarding: objectReference.optional().describe('The object that it is about.'),
  note: text('What happened, for people.'),
  reportingController: text('Who reports it, such as malla.io/config-api.'),
  reportingInstance: text('Which instance of it.'),
  deprecatedSource: eventSource.optional(),
  deprecatedFirstTimestamp: time('When it happened first.'),
  deprecatedLastTimestamp: time('When it happened last.'),
  deprecatedCount: z.int().min(0).optional().describe('How often it happened.'),
};

const columns = (object: string, message: string) =>
  [
    { name: 'Last Seen', type: 'date', jsonPath: '.lastTimestamp', description: 'When it happened last.' },
    { name: 'Type', type: 'string', jsonPath: '.type', description: 'Normal or Warning.' },
    { name: 'Reason', type: 'string', jsonPath: '.reason', description: 'Why.' },
    { name: 'Object', type: 'string', jsonPath: `.${object}.name`, description: 'What it is about.' },
    { name: 'Message', type: 'string', jsonPath: `.${message}`, description: 'What happened.' },
  ] as const;

/** What happened to objects. Both groups show the same events, which are kept for some time only. */
export const eventKinds: readonly KindDefinition[] = [
  defineKind({
    group: '',
    kind: 'Event',
    plural: 'events',
    shortNames: ['ev'],
    versions: ['v1'],
    payload: coreEventFields,
    columns: columns('involvedObject', 'message'),
    source: docs,
  }),
  defineKind({
    group: 'events.k8s.io',
    kind: 'Event',
    plural: 'events',
    shortNames: ['ev'],
    versions: ['v1'],
    payload: eventFields,
    columns: columns('regarding', 'note'),
    source: docs,
  }),
];

export type CoreEvent = FieldsOf<'', 'Event', typeof coreEventFields>;
export type Event = FieldsOf<'events.k8s.io', 'Event', typeof eventFields>;

/** An event of either group. */
export type EventResource = CoreEvent | Event;
