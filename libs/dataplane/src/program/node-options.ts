/**
 * Options of Node.js that the program is run with; measured with `npm run bench:proxy`, HTTP/1.1, one worker: 160 MB resident without, 110 with them.
 *
 * - The main thread needs little room for new objects: with V8's default its start, which reads much configuration, would leave 40 MB behind that are
 *   never used again. Workers have their own, see WorkerPool.
 * - Without Maglev hot code goes from baseline code to TurboFan directly and is as fast. Maglev compiles hundreds of functions at once while load
 *   begins, and what it needs for that (20 MB) does not come back from the C library.
 * - V8's own threads compile and collect; for each of them the C library keeps an arena.
 */
export const programNodeOptions: readonly string[] = ['--max-semi-space-size=1', '--no-maglev', '--v8-pool-size=2'];
