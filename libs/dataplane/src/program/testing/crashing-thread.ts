import { parentPort } from 'node:worker_threads';
import type { FromWorker, ToWorker } from '../../worker/protocol.ts';

/** A worker for specs: it applies everything, tells how many clusters it has as statistics, crashes when it is told to drain, and hangs when its log level is off. */
const clusters = new Set<string>();

function tell(message: FromWorker): void {
  parentPort?.postMessage(message);
}

parentPort?.on('message', (message: ToWorker) => {
  if (message.kind === 'drain') throw new Error('told to crash');
  if (message.kind === 'log-level' && message.level === 'off') for (;;);
  if (message.kind === 'update') {
    for (const { name } of message.update.clusters) clusters.add(name);
    tell({ kind: 'applied', result: { sequence: message.update.sequence, failures: [] } });
  }
  if (message.kind === 'hosts')
    tell({ kind: 'hosts', id: message.id, clusters: [...clusters].map((name) => ({ name, hosts: [] })) });
});
tell({ kind: 'ready' });
