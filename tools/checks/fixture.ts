import type { Workspace } from './workspace.ts';
import { parseWorkspace } from './workspace.ts';

/** A small workspace that breaks no rule: one project of each layer that the tests need, and `changes` on top. */
export function fixture(changes: Readonly<Record<string, string>> = {}): Workspace {
  const files = {
    'package.json': JSON.stringify({ dependencies: { zod: '1', ioredis: '1' }, devDependencies: { vitest: '1' } }),
    'tsconfig.base.json': JSON.stringify({
      compilerOptions: { strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true },
    }),
    ...project('libs/model', 'core'),
    ...project('libs/store', 'core', ['model'], { './conformance': {} }),
    ...project('libs/protos', 'wire', [], { './gen/*': {} }),
    ...project('libs/snapshot', 'engine', ['model']),
    ...project('libs/resolve', 'engine', ['snapshot', 'model']),
    ...project('libs/emit', 'engine', ['protos']),
    ...project('libs/pki', 'engine'),
    ...project('libs/settings', 'adapter'),
    ...project('libs/observability', 'adapter', ['settings']),
    ...project('libs/redis', 'adapter', ['observability', 'settings', 'model']),
    ...project('libs/grpc', 'adapter', ['pki', 'protos']),
    ...project('libs/testkit', 'test', ['model', 'redis']),
    ...project('apps/discovery', 'app', ['resolve', 'redis']),
    ...project('apps/agent', 'app'),
    ...changes,
  };
  return parseWorkspace(new Map(Object.entries(files)));
}

/** The files of one project with an empty entry point. */
export function project(
  folder: string,
  layer: string,
  dependencies: readonly string[] = [],
  exports: Readonly<Record<string, unknown>> = {},
): Record<string, string> {
  const name = folder.split('/')[1] ?? '';
  const manifest = {
    name: `@malla/${name}`,
    ...(folder.startsWith('libs/') && { exports: { '.': {}, ...exports } }),
    dependencies: Object.fromEntries(dependencies.map((dependency) => [`@malla/${dependency}`, '*'])),
    nx: { tags: [`layer:${layer}`] },
  };
  return {
    [`${folder}/package.json`]: JSON.stringify(manifest),
    [`${folder}/tsconfig.json`]: '{}',
    [`${folder}/README.md`]: `# ${name}`,
    [`${folder}/src/index.ts`]: 'export {};\n',
  };
}
