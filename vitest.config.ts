import { defineConfig } from 'vitest/config';

/** Resolves `@malla/x` to its sources, so that specs need no build (package.json "exports" of every library). */
const conditions = ['@malla/source'];

/**
 * Specs that take minutes and have commands of their own: `npm run test:faults` kills processes under load, `test:protocol` attacks the data
 * plane, `test:kube` asks a real Kubernetes API server, `test:fuzz` feeds parsers and validators with nonsense, `test:observability` has a real
 * Prometheus scrape a mesh, `test:ratelimit` counts for half a minute what a limit lets pass.
 */
const longModes = ['faults', 'protocol', 'kube', 'fuzz', 'observability', 'ratelimit'];
const longSpecs = (mode: string) => `**/*.${mode}.spec.ts`;

export default defineConfig(({ mode }) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    include: [longModes.includes(mode) ? longSpecs(mode) : '**/*.spec.ts'],
    exclude: [
      '**/node_modules/**',
      '**/dist/**',
      '**/.tools/**',
      ...longModes.filter((each) => each !== mode).map(longSpecs),
    ],
    setupFiles: mode === 'fuzz' ? [] : ['tools/fixed-seed.ts'],
    pool: 'forks',
    // Specs share module state within a worker: 5 times faster, and a spec that leaks is a bug.
    isolate: false,
    maxWorkers: longModes.includes(mode) ? 1 : 2,
    // These end what hangs; they do not measure. A busy machine may take ten times as long as an idle one.
    testTimeout: longModes.includes(mode) ? 900_000 : 120_000,
    hookTimeout: longModes.includes(mode) ? 300_000 : 120_000,
    expect: { poll: { timeout: 20_000 } },
  },
}));
