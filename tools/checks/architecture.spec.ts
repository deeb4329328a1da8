import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fixture, project } from './fixture.ts';
import { RULES } from './rules.ts';
import { readSourceTree } from './source-tree.ts';
import { parseWorkspace } from './workspace.ts';

const workspace = parseWorkspace(readSourceTree(fileURLToPath(new URL('../..', import.meta.url))));
type RuleName = keyof typeof RULES;
const names = Object.keys(RULES) as RuleName[];

describe('the architecture of this workspace', () => {
  it('has projects to look at', () => {
    expect(workspace.projects.length).toBeGreaterThan(20);
    expect(workspace.projects.flatMap((p) => p.files).length).toBeGreaterThan(20);
  });

  it.each(names)('%s', (name) => {
    const found = RULES[name](workspace).map(({ path, message }) => `${path}: ${message}`);
    expect(found).toEqual([]);
  });
});

/** For each rule, changes to the fixture that must be reported, each with a part of the message. */
const BREACHES: Record<
  RuleName,
  readonly (readonly [what: string, changes: Record<string, string>, message: RegExp])[]
> = {
  'every project has a layer': [
    ['an unknown layer', project('libs/odd', 'middle'), /exactly one tag/],
    ['no tag', { 'libs/odd/package.json': '{"name":"@malla/odd"}' }, /exactly one tag/],
  ],
  'declared dependencies follow the layers': [
    ['core on an adapter', project('libs/model', 'core', ['redis']), /core model must not depend on adapter redis/],
    ['adapter on another adapter', project('libs/grpc', 'adapter', ['redis']), /adapter grpc must not/],
    ['settings on observability', project('libs/settings', 'adapter', ['observability']), /adapter settings must not/],
    ['emit on resolve', project('libs/emit', 'engine', ['resolve']), /engine emit must not depend on engine resolve/],
    ['snapshot on resolve', project('libs/snapshot', 'engine', ['resolve']), /engine snapshot must not/],
    ['an app on an app', project('apps/agent', 'app', ['discovery']), /app agent must not/],
    ['production code on testkit', project('apps/agent', 'app', ['testkit']), /app agent must not/],
    ['a project that is not there', project('apps/agent', 'app', ['ghost']), /no project/],
  ],
  'imports follow the layers and are declared': [
    [
      'upward',
      { 'libs/model/src/a.ts': "import { x } from '@malla/redis';" },
      /core model must not import adapter redis/,
    ],
    ['a type upward', { 'libs/model/src/a.ts': "import type { X } from '@malla/redis';" }, /core model must not/],
    ['a dynamic import upward', { 'libs/model/src/a.ts': "await import('@malla/redis');" }, /core model must not/],
    ['a re-export upward', { 'libs/model/src/a.ts': "export { x } from '@malla/redis';" }, /core model must not/],
    ['undeclared', { 'apps/agent/src/a.ts': "import '@malla/model';" }, /without declaring/],
    ['an app', { 'apps/agent/src/a.spec.ts': "import '@malla/discovery';" }, /not export|nobody imports an app/],
    ['testkit in production code', { 'libs/resolve/src/a.ts': "import '@malla/testkit';" }, /only specs do/],
    ['a conformance suite', { 'libs/redis/src/a.ts': "import '@malla/store/conformance';" }, /only specs do/],
    [
      'an entry that is not exported',
      { 'libs/resolve/src/a.ts': "import '@malla/model/src/b.ts';" },
      /does not export/,
    ],
    ['itself', { 'libs/model/src/a.ts': "import '@malla/model';" }, /its own project/],
  ],
  'relative imports stay inside their project': [
    ['across libraries', { 'libs/resolve/src/a.ts': "import '../../emit/src/index.ts';" }, /outside its project/],
  ],
  'third-party packages are declared at the root': [
    [
      'in a project',
      { 'libs/model/package.json': '{"name":"@malla/model","dependencies":{"zod":"1"}}' },
      /declares zod/,
    ],
    ['nowhere', { 'libs/model/src/a.ts': "import 'left-pad/x';" }, /left-pad, which the root/],
    ['without the node: prefix', { 'libs/redis/src/a.ts': "import 'fs';" }, /imports fs, which the root/],
    ['for development', { 'libs/model/src/a.ts': "import 'vitest';" }, /development dependency/],
  ],
  'pure layers do without Node': [
    ['files in an engine', { 'libs/resolve/src/a.ts': "import 'node:fs';" }, /node:fs below/],
    ['cryptography in core', { 'libs/model/src/a.ts': "import 'node:crypto';" }, /node:crypto below/],
    ['sockets in pki', { 'libs/pki/src/a.ts': "import 'node:net';" }, /node:net below/],
  ],
  'pure layers do without frameworks and drivers': [
    ['NestJS in an engine', { 'libs/resolve/src/a.ts': "import '@nestjs/common';" }, /@nestjs\/common below/],
  ],
  'drivers have one importer': [
    ['Redis in an app', { 'apps/agent/src/a.ts': "import 'ioredis';" }, /only redis may/],
    ['Prisma in a spec', { 'libs/redis/src/a.spec.ts': "import '@prisma/client';" }, /only store-prisma may/],
  ],
  'the environment is read in libs/settings': [
    ['in an app', { 'apps/agent/src/a.ts': 'const home = process.env.HOME;' }, /process\.env/],
  ],
  'no import cycles': [
    [
      'over three files',
      {
        'libs/model/src/a.ts': "import './b.ts';",
        'libs/model/src/b.ts': "import type { C } from './deep/c.ts';",
        'libs/model/src/deep/c.ts': "export { a } from '../a.ts';",
      },
      /a\.ts -> libs\/model\/src\/b\.ts -> libs\/model\/src\/deep\/c\.ts -> libs\/model\/src\/a\.ts/,
    ],
  ],
  'every export has a name': [
    ['a star', { 'libs/model/src/index.ts': "export * from './a.ts';" }, /export \*/],
    ['a named star', { 'libs/model/src/index.ts': "export * as a from './a.ts';" }, /export \*/],
    ['its own index', { 'libs/model/src/a.ts': "import './index.ts';" }, /index of its own project/],
  ],
  'no module mocks and no forwardRef': [
    ['a mock', { 'libs/model/src/a.spec.ts': "vi.mock('./b.ts');" }, /vi\.mock/],
    ['a forwardRef', { 'apps/agent/src/a.ts': 'forwardRef(() => A)' }, /forwardRef/],
  ],
  'no path leaves the checkout': [
    ['beside it', { 'libs/model/src/a.spec.ts': "join(here, '../../../../corpus')" }, /outside the checkout/],
  ],
  'files have at most 600 lines': [
    ['601 lines', { 'libs/model/src/a.ts': '\n'.repeat(601) }, /601 lines/],
    ['a spec with 601 lines', { 'libs/model/src/a.spec.ts': '\n'.repeat(601) }, /601 lines/],
  ],
  'constructors have at most 6 parameters': [
    ['7 parameters', { 'libs/model/src/a.ts': 'class A { constructor(a, b, c, d, e, f, g) {} }' }, /7 parameters/],
  ],
  'the compiler is strict': [
    ['loose for all', { 'tsconfig.base.json': '{"compilerOptions":{"strict":true}}' }, /noUncheckedIndexedAccess/],
    ['loose for one', { 'libs/model/tsconfig.json': '{"compilerOptions":{"strict":false}}' }, /strict must be on/],
  ],
  'every library has a README': [
    ['too long', { 'libs/model/README.md': 'line\n'.repeat(101) }, /101 lines/],
    ['none', { 'libs/odd/package.json': '{"name":"@malla/odd"}' }, /is missing/],
  ],
};

describe('the rules', () => {
  it.each(names)('find nothing in a workspace that keeps them: %s', (name) => {
    expect(RULES[name](fixture())).toEqual([]);
  });

  it.each(
    names.flatMap((name) => BREACHES[name].map(([what, changes, message]) => ({ name, what, changes, message }))),
  )('report a breach of "$name": $what', ({ name, changes, message }) => {
    const found = RULES[name](fixture(changes)).map((violation) => violation.message);
    expect(found).toContainEqual(expect.stringMatching(message));
  });

  const allowed: Record<string, Record<string, string>> = {
    'node:crypto in pki': { 'libs/pki/src/a.ts': "import 'node:crypto';" },
    'Node, testkit and vitest in a spec': {
      'libs/model/src/a.spec.ts': "import 'node:fs'; import '@malla/testkit'; import 'vitest';",
    },
    'the index in what specs share': { 'libs/model/test/mesh.ts': "import '../src/index.ts'; import 'vitest';" },
    'vitest in a conformance suite': { 'libs/store/src/conformance.ts': "import 'vitest';" },
    'a table of 2,000 lines': { 'libs/model/src/names.table.ts': '\n'.repeat(2000) },
    'a generated module by its exported pattern': { 'libs/emit/src/a.ts': "import '@malla/protos/gen/envoy/x_pb';" },
    'a path to the root of the checkout': { 'libs/model/src/a.spec.ts': "join(here, '../../..', 'x')" },
    'a word in a comment': { 'libs/model/src/a.ts': '// no process.env here\n/* nor vi.mock( */\nexport const a = 1;' },
    'the driver in its one importer': { 'libs/redis/src/a.ts': "import 'ioredis';" },
    'two imports of one file': {
      'libs/model/src/a.ts': "import './c.ts'; import './b.ts';",
      'libs/model/src/b.ts': "import './c.ts';",
      'libs/model/src/c.ts': 'export {};',
    },
  };

  it.each(Object.keys(allowed))('allow %s', (what) => {
    const found = names.flatMap((name) => RULES[name](fixture(allowed[what])));
    expect(found).toEqual([]);
  });
});
