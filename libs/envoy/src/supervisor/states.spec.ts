import { describe, expect, it } from 'vitest';
import { nextState, type SupervisorEvent, type SupervisorState } from './states.ts';

const exit = { code: 1 };
const states: Record<string, SupervisorState> = {
  stopped: { name: 'stopped' },
  starting: { name: 'starting', pid: 7 },
  ready: { name: 'ready', pid: 7 },
  draining: { name: 'draining', pid: 7 },
  crashed: { name: 'crashed', exit, attempt: 0 },
};
const events: Record<string, SupervisorEvent> = {
  started: { kind: 'started', pid: 7 },
  live: { kind: 'live' },
  exited: { kind: 'exited', exit, attempt: 0 },
  stopping: { kind: 'stopping' },
};

/** Every pair that changes the state; all others must not. */
const transitions: Record<string, string> = {
  'stopped started': 'starting',
  'crashed started': 'starting',
  'starting live': 'ready',
  'starting exited': 'crashed',
  'ready exited': 'crashed',
  'draining exited': 'stopped',
  'starting stopping': 'draining',
  'ready stopping': 'draining',
  'crashed stopping': 'stopped',
};

describe('nextState', () => {
  for (const [from, state] of Object.entries(states)) {
    for (const [kind, event] of Object.entries(events)) {
      const to = transitions[`${from} ${kind}`];
      it(`${from} + ${kind} -> ${to ?? 'no change'}`, () => {
        expect(nextState(state, event)).toEqual(to === undefined ? undefined : states[to]);
      });
    }
  }
});
