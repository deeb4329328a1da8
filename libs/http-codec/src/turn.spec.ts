import { describe, expect, it } from 'vitest';
import { atEndOfTurn, beginTurn, endTurn, onTurnFault, type TurnTask } from './turn.ts';

class Task implements TurnTask {
  runs = 0;
  then: () => void = () => {};

  onEndOfTurn(): void {
    this.runs++;
    this.then();
  }
}

describe('a turn', () => {
  it('tells of a task that failed outside of any turn', async () => {
    const faults: unknown[] = [];
    onTurnFault((error) => faults.push(error));
    const error = new Error('a bug');
    atEndOfTurn({
      onEndOfTurn: () => {
        throw error;
      },
    });
    await Promise.resolve();
    onTurnFault(undefined);
    expect(faults).toEqual([error]);
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

  it('runs all tasks even when one throws, and goes on afterwards', () => {
    const bad = new Task();
    const good = new Task();
    bad.then = () => {
      throw new Error('a bug');
    };
    beginTurn();
    atEndOfTurn(bad);
    atEndOfTurn(good);
    expect(endTurn).toThrow('a bug');
    expect(good.runs).toBe(1);
    beginTurn();
    atEndOfTurn(good);
    endTurn();
    expect(good.runs).toBe(2);
  });
});
