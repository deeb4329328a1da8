import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { atEndOfTurn, beginTurn, endTurn, onTurnFault, type TurnTask } from './turn.ts';

class Task implements TurnTask {
  runs = 0;
  faults = 0;
  then: () => void = () => {};

  onEndOfTurn(): void {
    this.runs++;
    this.then();
  }

  onTurnFault(): void {
    this.faults++;
  }
}

function failing(): Task {
  const task = new Task();
  task.then = () => {
    throw new Error('a bug');
  };
  return task;
}

describe('a turn', () => {
  let faults: unknown[];
  beforeEach(() => {
    faults = [];
    onTurnFault((error) => faults.push((error as Error).message));
  });
  afterEach(() => onTurnFault(undefined));

  it('tells of a task that failed outside of any turn', async () => {
    const bad = failing();
    atEndOfTurn(bad);
    await Promise.resolve();
    expect(faults).toEqual(['a bug']);
    expect(bad.faults).toBe(1);
  });

  it('runs its tasks when its outermost call is over', () => {
    const task = new Task();
    beginTurn();
    beginTurn();
    atEndOfTurn(task);
    endTurn();
    expect(task.runs).toBe(0);
    endTurn();
    expect(task.runs).toBe(1);
    beginTurn();
    endTurn();
    expect(task.runs).toBe(1);
  });

  it('also runs tasks that its tasks ask for', () => {
    const second = new Task();
    const first = new Task();
    first.then = () => atEndOfTurn(second);
    beginTurn();
    atEndOfTurn(first);
    endTurn();
    expect([first.runs, second.runs]).toEqual([1, 1]);
  });

  it('is not needed: then a microtask comes', async () => {
    const task = new Task();
    atEndOfTurn(task);
    expect(task.runs).toBe(0);
    await Promise.resolve();
    expect(task.runs).toBe(1);
  });

  it('ends only what belongs to a task that throws: its caller and the other tasks go on', () => {
    const bad = failing();
    const good = new Task();
    beginTurn();
    atEndOfTurn(bad);
    atEndOfTurn(good);
    expect(endTurn).not.toThrow();
    expect([bad.faults, good.faults, good.runs]).toEqual([1, 0, 1]);
    expect(faults).toEqual(['a bug']);
    beginTurn();
    atEndOfTurn(good);
    endTurn();
    expect(good.runs).toBe(2);
  });

  it('goes on when ending fails too', () => {
    const bad = failing();
    bad.onTurnFault = () => {
      throw new Error('another bug');
    };
    beginTurn();
    atEndOfTurn(bad);
    endTurn();
    expect(faults).toEqual(['a bug', 'another bug']);
  });
});
