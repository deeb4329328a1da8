/** Something that has work for the end of the turn: output that is held back, or bytes that wait to be parsed. */
export interface TurnTask {
  /** Runs once for each {@link atEndOfTurn}. May ask for another one. */
  onEndOfTurn(): void;
  /** {@link onEndOfTurn} has thrown, which is a bug: ends the connection that the task belongs to, and no other. */
  onTurnFault(): void;
}

/*
 * A turn is one call from a transport (bytes, end, drain, close) into a codec, with all that follows from it, in other connections too: a request that
 * comes in and goes out again is one turn. Codecs hold small output back until its end, so that head and body leave in one write, and nothing is
 * held any longer: a turn ends with its outermost call, and outside of turns (timers) a microtask takes its place.
 */
let depth = 0;
let tasks: TurnTask[] = [];
let spare: TurnTask[] = [];
let microtask = false;
let faultListener: ((error: unknown) => void) | undefined;

/** Begins a turn, or goes one level into the one that runs. Always followed by {@link endTurn}, in a `finally`. */
export function beginTurn(): void {
  depth++;
}

/** Never throws: what tasks do wrong is not for the caller, whose connection may be another one. */
export function endTurn(): void {
  if (depth === 1 && tasks.length > 0) runTasks();
  depth--;
}

/** Calls the task when the turn that runs is over, or soon when there is none. The caller sees to it that a task is in line only once. */
export function atEndOfTurn(task: TurnTask): void {
  tasks.push(task);
  if (depth > 0 || microtask) return;
  microtask = true;
  queueMicrotask(runMicrotask);
}

/** Is told of what tasks throw; without a listener it is thrown outside of any connection, which ends a thread. */
export function onTurnFault(listener: ((error: unknown) => void) | undefined): void {
  faultListener = listener;
}

function runMicrotask(): void {
  microtask = false;
  beginTurn();
  endTurn();
}

function runTasks(): void {
  while (tasks.length > 0) {
    const running = tasks;
    tasks = spare;
    for (let i = 0; i < running.length; i++) {
      const task = running[i] as TurnTask;
      try {
        task.onEndOfTurn();
      } catch (error) {
        endFaulty(task, error);
      }
    }
    running.length = 0;
    spare = running;
  }
}

function endFaulty(task: TurnTask, error: unknown): void {
  tell(error);
  try {
    task.onTurnFault();
  } catch (next) {
    tell(next);
  }
}

function tell(error: unknown): void {
  if (faultListener !== undefined) return faultListener(error);
  queueMicrotask(() => {
    throw error;
  });
}
