import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyConfiguration, type ApplyOutcome } from './apply-configuration.ts';
import { applyTypeOf } from './apply-type.ts';
import type { Managers, ManagerName } from './managers.ts';
import { readManagers, writeManagers } from './managers.ts';
import { ListKeyError } from './merge.ts';
import { trackUpdate } from './track-update.ts';

const type = applyTypeOf({
  type: 'object',
  properties: {
    metadata: {
      type: 'object',
      properties: {
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        finalizers: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
      },
    },
    spec: {
      type: 'object',
      properties: {
        replicas: { type: 'integer' },
        hosts: { type: 'array', items: { type: 'string' } },
        selector: { type: 'object', 'x-kubernetes-map-type': 'atomic', additionalProperties: { type: 'string' } },
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['port', 'protocol'],
          items: {
            type: 'object',
            properties: {
              port: { type: 'integer' },
              protocol: { type: 'string', default: 'TCP' },
              name: { type: 'string' },
            },
          },
        },
      },
    },
  },
});

const time = '2026-01-01T00:00:00Z';
const name = (manager: string, operation: ManagerName['operation'] = 'Apply'): ManagerName => ({
  manager,
  operation,
  apiVersion: 'v1',
  subresource: '',
});

interface State {
  readonly object: unknown;
  readonly managers: Managers;
}
const nothing: State = { object: undefined, managers: new Map() };

function outcome({ object, managers }: State, manager: string, applied: unknown, force = false): ApplyOutcome {
  return applyConfiguration({ type, live: object, applied, managers, by: name(manager), force, time });
}
function apply(state: State, manager: string, applied: unknown, force = false): State {
  const result = outcome(state, manager, applied, force);
  if ('conflicts' in result) throw new Error(JSON.stringify(result.conflicts));
  return result;
}
function update(state: State, manager: string, object: unknown): State {
  const by = name(manager, 'Update');
  return {
    object,
    managers: trackUpdate({ type, before: state.object, after: object, managers: state.managers, by, time }),
  };
}
const fieldsOf = ({ managers }: State, manager: string): unknown =>
  writeManagers(managers).find((entry) => entry.manager === manager)?.fieldsV1;

describe('server-side apply', () => {
  it('gives the applier what it sets', () => {
    const state = apply(nothing, 'a', {
      metadata: { name: 'x', labels: { app: 'x' } },
      spec: { ports: [{ port: 80, name: 'http' }] },
    });
    expect(fieldsOf(state, 'a')).toEqual({
      'f:metadata': { 'f:labels': { 'f:app': {} } },
      'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {} } } },
    });
  });

  it('tells of every field that another manages and this would change, and of none that is the same', () => {
    const state = apply(nothing, 'a', { spec: { replicas: 1, hosts: ['x'] } });
    expect(outcome(state, 'b', { spec: { replicas: 2, hosts: ['y'] } })).toMatchObject({
      conflicts: [
        { manager: { manager: 'a' }, field: '.spec.replicas' },
        { manager: { manager: 'a' }, field: '.spec.hosts' },
      ],
    });
    const shared = apply(state, 'b', { spec: { replicas: 1 } });
    expect(fieldsOf(shared, 'a')).toEqual({ 'f:spec': { 'f:hosts': {}, 'f:replicas': {} } });
    expect(fieldsOf(shared, 'b')).toEqual({ 'f:spec': { 'f:replicas': {} } });
  });

  it('takes fields over by force', () => {
    const state = apply(
      apply(nothing, 'a', { spec: { replicas: 1, hosts: ['x'] } }),
      'b',
      { spec: { replicas: 2 } },
      true,
    );
    expect(state.object).toEqual({ spec: { replicas: 2, hosts: ['x'] } });
    expect(fieldsOf(state, 'a')).toEqual({ 'f:spec': { 'f:hosts': {} } });
    expect(fieldsOf(state, 'b')).toEqual({ 'f:spec': { 'f:replicas': {} } });
  });

  it('removes what the applier leaves out, unless another manages it too', () => {
    const both = apply(apply(nothing, 'a', { metadata: { labels: { x: '1', y: '2' } }, spec: { replicas: 1 } }), 'b', {
      metadata: { labels: { y: '2' } },
    });
    const state = apply(both, 'a', { spec: { replicas: 1 } });
    expect(state.object).toEqual({ metadata: { labels: { y: '2' } }, spec: { replicas: 1 } });
    expect(apply(state, 'b', {}).object).toEqual({ spec: { replicas: 1 } });
  });

  it('merges elements of lists by key, members of sets, and replaces atomic maps', () => {
    const first = apply(nothing, 'a', {
      metadata: { finalizers: ['a/x'] },
      spec: { ports: [{ port: 80 }, { port: 81 }], selector: { app: 'x' } },
    });
    const second = apply(first, 'b', {
      metadata: { finalizers: ['b/x'] },
      spec: { ports: [{ port: 82 }, { port: 80, name: 'http' }] },
    });
    expect(second.object).toEqual({
      metadata: { finalizers: ['a/x', 'b/x'] },
      spec: { ports: [{ port: 82 }, { port: 80, name: 'http' }, { port: 81 }], selector: { app: 'x' } },
    });
    const third = apply(second, 'a', { metadata: {}, spec: { ports: [{ port: 81 }], selector: { tier: 'y' } } });
    expect(third.object).toEqual({
      metadata: { finalizers: ['b/x'] },
      spec: { ports: [{ port: 82 }, { port: 80, name: 'http' }, { port: 81 }], selector: { tier: 'y' } },
    });
    expect(() => apply(nothing, 'a', { spec: { ports: [{ port: 1 }, { port: 1, protocol: 'TCP' }] } })).toThrow(
      ListKeyError,
    );
    expect(() => apply(nothing, 'a', { spec: { ports: [{ name: 'x' }] } })).not.toThrow();
    expect(() => apply(nothing, 'a', { metadata: { finalizers: ['x', 'x'] } })).toThrow(ListKeyError);
  });

  it('notes updates: who changes a field owns it, and who applies it next gets a conflict', () => {
    const state = update(apply(nothing, 'a', { spec: { replicas: 1, hosts: ['x'] } }), 'scaler', {
      spec: { replicas: 3, hosts: ['x'] },
    });
    expect(fieldsOf(state, 'scaler')).toEqual({ 'f:spec': { 'f:replicas': {} } });
    expect(fieldsOf(state, 'a')).toEqual({ 'f:spec': { 'f:hosts': {} } });
    expect(outcome(state, 'a', { spec: { replicas: 1, hosts: ['x'] } })).toMatchObject({
      conflicts: [{ field: '.spec.replicas' }],
    });
    const gone = update(state, 'other', { spec: { hosts: ['x'] } });
    expect(fieldsOf(gone, 'scaler')).toBeUndefined();
  });

  it('gives what nobody managed to one who was there before', () => {
    const state = outcome({ object: { spec: { replicas: 1 } }, managers: new Map() }, 'a', { spec: { replicas: 2 } });
    expect(state).toMatchObject({
      conflicts: [{ manager: { manager: 'before-first-apply' }, field: '.spec.replicas' }],
    });
  });

  it('keeps at most ten managers of updates apart', () => {
    let state = nothing;
    for (let index = 0; index < 14; index++) {
      const labels = Object.fromEntries(Array.from({ length: index + 1 }, (_, each) => [`l${each}`, 'x']));
      state = update(state, `m${index}`, { metadata: { labels } });
    }
    const entries = writeManagers(state.managers);
    expect(entries).toHaveLength(10);
    expect(entries.find(({ manager }) => manager === 'ancient-changes')?.fieldsV1['f:metadata']).toBeDefined();
  });
});

const labels = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2'));
const ports = fc.uniqueArray(
  fc.record({ port: fc.constantFrom(1, 2, 3), name: fc.constantFrom('x', 'y') }, { requiredKeys: ['port'] }),
  { selector: ({ port }) => port },
);
const config = fc.record(
  {
    metadata: fc.record({ labels }, { requiredKeys: [] }),
    spec: fc.record(
      { replicas: fc.constantFrom(1, 2), hosts: fc.array(fc.constantFrom('h', 'i'), { maxLength: 2 }), ports },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);
const step = fc.record({ manager: fc.constantFrom('a', 'b', 'c'), applied: config, update: fc.boolean() });

describe('any series of applies and updates', () => {
  const run = (steps: readonly { manager: string; applied: unknown; update: boolean }[]): State =>
    steps.reduce<State>(
      (state, { manager, applied, update: whole }) =>
        whole ? update(state, manager, applied) : apply(state, manager, applied, true),
      nothing,
    );

  it('ends with what was applied last in the object, and the same apply changes nothing', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), config, (steps, applied) => {
        const once = apply(run(steps), 'a', applied, true);
        expect(withMetadata(once.object)).toMatchObject(containing(applied));
        const twice = apply(once, 'a', applied);
        expect(withMetadata(twice.object)).toEqual(withMetadata(once.object));
        expect(writeManagers(twice.managers)).toEqual(writeManagers(once.managers));
      }),
    );
  });

  it('never lets one applier remove what another applied', () => {
    fc.assert(
      fc.property(config, config, config, (first, second, third) => {
        const start = apply(apply(nothing, 'a', first), 'b', second, true);
        const after = outcome(start, 'b', third);
        if ('conflicts' in after) return;
        const left = apply(after, 'a', first, true);
        expect(withMetadata(left.object)).toMatchObject(containing(first));
      }),
    );
  });

  it('keeps managers readable', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), (steps) => {
        const { managers } = run(steps);
        const read = readManagers(JSON.parse(JSON.stringify(writeManagers(managers)))) as Managers;
        expect(writeManagers(read)).toEqual(writeManagers(managers));
      }),
    );
  });
});

/** Metadata is nobody's, and real objects always have some. */
function withMetadata(object: unknown): object {
  return { metadata: {}, ...(object as object | undefined) };
}

/** What an object must have that holds all of a configuration: lists by key may hold more, in any order. */
function containing(applied: { spec?: { ports?: readonly object[] } }): object {
  const { spec, ...rest } = applied;
  if (spec === undefined) return rest;
  const { ports: wanted, ...fields } = spec;
  if (wanted === undefined || wanted.length === 0) return { ...rest, spec: fields };
  return {
    ...rest,
    spec: {
      ...fields,
      ports: expect.arrayContaining(wanted.map((port) => expect.objectContaining(port) as object)) as object,
    },
  };
}
