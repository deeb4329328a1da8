import fc from 'fast-check';

/**
 * Property tests generate the same in every run, so that a build does not depend on luck and a failure can be had again. To search, choose another seed:
 * `MALLA_SEED=7 npx vitest run libs/http-codec`. `npm run test:fuzz` does without.
 */
fc.configureGlobal({ seed: Number(process.env['MALLA_SEED'] ?? 20_261_128) });
