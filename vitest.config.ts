import { defineConfig } from 'vitest/config';

/** Resolves `@malla/x` to its sources, so that specs need no build (package.json "exports" of every library). */
const conditions = ['@malla/source'];

/** Specs that kill processes under load: minutes long, and only run by `npm run test:faults` (--mode faults). */
const faults = '**/*.faults.spec.ts';

export default defineConfig(({ mode }) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    include: mode === 'faults' ? [faults] : ['**/*.spec.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/.tools/**', ...(mode === 'faults' ? [] : [faults])],
    pool: 'forks',
    // Specs share module state within a worker: 5 times faster, and a spec that leaks is a bug.
    isolate: false,
    maxWorkers: mode === 'faults' ? 1 : 2,
    testTimeout: mode === 'faults' ? 300_000 : 30_000,
    hookTimeout: mode === 'faults' ? 300_000 : 60_000,
  },
}));
