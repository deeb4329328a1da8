import ts from 'typescript';
import type { Rule } from '../violation.ts';
import type { SourceFile } from '../workspace.ts';
import { isRelative, resolveRelative } from '../workspace.ts';
import { withoutComments } from './purity.ts';

/** Hard limit of a file's length, in lines. */
export const MAX_LINES = 600;

/** Hard limit of a constructor's parameters. */
export const MAX_CONSTRUCTOR_PARAMETERS = 6;

/** Tables may be as long as they need to be. */
const TABLE = /(\.table\.ts|\/tables\/[^/]+\.ts)$/;

const allFiles = (workspace: Parameters<Rule>[0]): SourceFile[] =>
  workspace.projects.flatMap((project) => [...project.files]);

/** No file imports itself, however long the way round; type imports count, because a reader follows them too. */
export const noImportCycles: Rule = (workspace) => {
  const files = new Map(allFiles(workspace).map((file) => [file.path, file]));
  const next = (path: string) =>
    (files.get(path)?.imports ?? [])
      .filter(isRelative)
      .map((specifier) => resolveRelative(path, specifier))
      .filter((target) => files.has(target));
  return findCycles([...files.keys()], next).map((cycle) => ({
    path: cycle[0] ?? '',
    message: `import cycle: ${[...cycle, cycle[0]].join(' -> ')}`,
  }));
};

/** One cycle for each back edge of a depth-first walk, so at least one for each group of files in a cycle. */
function findCycles(nodes: readonly string[], next: (node: string) => string[]): string[][] {
  const done = new Set<string>();
  const way: string[] = [];
  const cycles: string[][] = [];
  const visit = (node: string) => {
    const at = way.indexOf(node);
    if (at >= 0) cycles.push(way.slice(at));
    if (at >= 0 || done.has(node)) return;
    way.push(node);
    for (const target of next(node)) visit(target);
    way.pop();
    done.add(node);
  };
  nodes.forEach(visit);
  return cycles;
}

/** Every export has a name, and no file goes through the index of its own project. */
export const indexesNameTheirExports: Rule = (workspace) =>
  allFiles(workspace).flatMap((file) => {
    const messages = [
      ...(/^\s*export\s*\*/m.test(withoutComments(file.text)) ? ['has an `export *`: name every export'] : []),
      ...(!file.isTest && file.imports.some((specifier) => importsOwnIndex(file, specifier))
        ? ['imports the index of its own project: import the file itself']
        : []),
    ];
    return messages.map((message) => ({ path: file.path, message }));
  });

function importsOwnIndex(file: SourceFile, specifier: string): boolean {
  return isRelative(specifier) && resolveRelative(file.path, specifier) === `${file.project.folder}/src/index.ts`;
}

/** Fakes that behave, never mocks of modules; and no forwardRef, which hides a cycle. */
export const noModuleMocks: Rule = (workspace) =>
  allFiles(workspace).flatMap((file) => {
    const found = /\b((?:vi|jest)\.(?:mock|doMock|hoisted)|forwardRef)\(/.exec(withoutComments(file.text));
    return found ? [{ path: file.path, message: `uses ${found[1]}` }] : [];
  });

/** A checkout stands alone: no file names a path that leads out of it. */
export const noPathLeavesTheCheckout: Rule = (workspace) =>
  allFiles(workspace).flatMap((file) => {
    const depth = file.path.split('/').length - 1;
    const upward = [...file.text.matchAll(/['"`]((?:\.\.\/)+)[^'"`]*['"`]/g)];
    return upward
      .filter(([, steps = '']) => steps.length / '../'.length > depth)
      .map(([path]) => ({ path: file.path, message: `names ${path}, which is outside the checkout` }));
  });

/** Files stay short enough to be read in one go; tables are exempt. */
export const filesAreShort: Rule = (workspace) =>
  allFiles(workspace)
    .filter((file) => !TABLE.test(file.path))
    .map((file) => ({ path: file.path, lines: file.text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ path, lines }) => ({ path, message: `has ${lines} lines: at most ${MAX_LINES}` }));

/** A class depends on few things. */
export const constructorsAreSmall: Rule = (workspace) =>
  allFiles(workspace)
    .filter((file) => file.text.includes('constructor('))
    .flatMap((file) => {
      const parsed = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest);
      return constructorSizes(parsed)
        .filter((size) => size > MAX_CONSTRUCTOR_PARAMETERS)
        .map((size) => ({
          path: file.path,
          message: `has a constructor with ${size} parameters: at most ${MAX_CONSTRUCTOR_PARAMETERS}`,
        }));
    });

function constructorSizes(node: ts.Node): number[] {
  const own = ts.isConstructorDeclaration(node) && node.body ? [node.parameters.length] : [];
  const inner: number[] = [];
  ts.forEachChild(node, (child) => void inner.push(...constructorSizes(child)));
  return [...own, ...inner];
}

/** Settings of the compiler that catch mistakes. */
const STRICT_OPTIONS = ['strict', 'noUncheckedIndexedAccess', 'exactOptionalPropertyTypes'];

/** The compiler is strict, and no project loosens it. */
export const compilerIsStrict: Rule = ({ tree, projects }) => {
  const files = ['tsconfig.base.json', ...projects.map(({ folder }) => `${folder}/tsconfig.json`)];
  return files.flatMap((path) => {
    const text = tree.get(path);
    if (text === undefined) return [{ path, message: 'is missing' }];
    const { compilerOptions = {} } = JSON.parse(text) as { compilerOptions?: Record<string, unknown> };
    const wrong = STRICT_OPTIONS.filter((option) =>
      path === 'tsconfig.base.json' ? compilerOptions[option] !== true : option in compilerOptions,
    );
    return wrong.map((option) => ({ path, message: `${option} must be on, once, in tsconfig.base.json` }));
  });
};

/** Longest README of a library, in lines: a page. */
const README_LINES = 100;

/** Every library says on a page what it is. */
export const librariesHaveAReadme: Rule = ({ tree, projects }) =>
  projects
    .filter(({ folder }) => folder.startsWith('libs/'))
    .flatMap(({ folder }) => {
      const path = `${folder}/README.md`;
      const lines = tree.get(path)?.trim().split('\n').length;
      if (lines === undefined) return [{ path, message: 'is missing' }];
      return lines > README_LINES ? [{ path, message: `has ${lines} lines: at most ${README_LINES}` }] : [];
    });
