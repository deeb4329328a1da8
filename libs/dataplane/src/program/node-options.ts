/**
 * Options of Node.js that the program is run with. The main thread needs little room for new objects: with V8's default its start, which reads the
 * descriptors of many messages, would leave 40 MB behind that are never used again. Workers have their own, see WorkerPool.
 */
export const programNodeOptions: readonly string[] = ['--max-semi-space-size=1'];
