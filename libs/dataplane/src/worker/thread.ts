import { parentPort, workerData } from 'node:worker_threads';
import type { FromWorker, ToWorker, WorkerStart } from './protocol.ts';
import { WorkerRuntime } from './worker-runtime.ts';

/*
 * Entry of a worker thread. An exception that nobody catches ends the thread: the main thread logs it and starts another one with the whole configuration.
 */
const port = parentPort;
if (port === null) throw new Error('this file is the entry of a worker thread');

const runtime = new WorkerRuntime(
  workerData as WorkerStart,
  (message: FromWorker, transfer: readonly ArrayBuffer[] = []) => port.postMessage(message, transfer),
);
port.on('message', (message: ToWorker) => runtime.receive(message));
port.postMessage({ kind: 'ready' } satisfies FromWorker);
