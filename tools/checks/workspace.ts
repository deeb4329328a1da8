import ts from 'typescript';
import type { Layer } from './layers.ts';
import { isLayer } from './layers.ts';
import type { SourceTree } from './source-tree.ts';

/** One TypeScript file of a project, with what it imports. */
export interface SourceFile {
  /** From the root of the workspace, such as `libs/ir/src/route.ts`. */
  readonly path: string;
  readonly text: string;
  readonly project: Project;
  /** Specs, what they share (a folder `test`), and the conformance suites of ports: they may use test libraries, fakes and Node. */
  readonly isTest: boolean;
  /** Module specifiers as written: of imports, `export from`, dynamic imports and type imports. */
  readonly imports: readonly string[];
}

/** One folder below `libs/` or `apps/` with a package.json. */
export interface Project {
  /** From the root of the workspace, such as `libs/ir`. */
  readonly folder: string;
  /** Name without the scope, such as `ir`. */
  readonly name: string;
  /** Undefined when the tags do not name exactly one known layer. */
  readonly layer: Layer | undefined;
  /** All declared dependencies, as written in package.json. */
  readonly dependencies: readonly string[];
  /** Entry points that package.json exports, such as `.` and `./conformance`. */
  readonly exports: readonly string[];
  readonly files: readonly SourceFile[];
}

/** Everything that the rules look at. */
export interface Workspace {
  readonly tree: SourceTree;
  readonly projects: readonly Project[];
  /** Third-party packages of the root package.json. */
  readonly packages: { readonly production: ReadonlySet<string>; readonly development: ReadonlySet<string> };
}

/** Scope of the workspace's own packages. */
export const SCOPE = '@malla/';

interface Manifest {
  readonly name: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly exports?: Record<string, unknown>;
  readonly nx?: { readonly tags?: readonly string[] };
}

/** Understands a tree of files as a workspace. */
export function parseWorkspace(tree: SourceTree): Workspace {
  const root = JSON.parse(tree.get('package.json') ?? '{}') as Manifest;
  const folders = [...tree.keys()]
    .map((file) => /^((?:libs|apps)\/[^/]+)\/package\.json$/.exec(file)?.[1])
    .filter((folder) => folder !== undefined);
  return {
    tree,
    projects: folders.map((folder) => parseProject(tree, folder)),
    packages: {
      production: new Set(Object.keys(root.dependencies ?? {})),
      development: new Set(Object.keys(root.devDependencies ?? {})),
    },
  };
}

function parseProject(tree: SourceTree, folder: string): Project {
  const manifest = JSON.parse(tree.get(`${folder}/package.json`) ?? '{}') as Manifest;
  const tagged = (manifest.nx?.tags ?? []).filter((tag) => tag.startsWith('layer:')).map((tag) => tag.slice(6));
  const [layer] = tagged;
  const files: SourceFile[] = [];
  const project: Project = {
    folder,
    name: manifest.name.replace(SCOPE, ''),
    layer: tagged.length === 1 && layer !== undefined && isLayer(layer) ? layer : undefined,
    dependencies: Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }),
    exports: Object.keys(manifest.exports ?? {}),
    files,
  };
  for (const [path, text] of tree) {
    if (path.startsWith(`${folder}/`) && /\.m?ts$/.test(path)) {
      files.push({ path, text, project, isTest: isTest(path, project), imports: importsOf(text) });
    }
  }
  return project;
}

function isTest(path: string, project: Project): boolean {
  return project.layer === 'test' || /\.spec\.ts$|\/test\/|\/src\/conformance(\/|\.ts$)/.test(path);
}

function importsOf(text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map((file) => file.fileName);
}

/** The package that a bare specifier names: `@scope/name` or `name`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** True for `./x.ts` and `../x.ts`. */
export function isRelative(specifier: string): boolean {
  return specifier.startsWith('.');
}

/** The file that a relative import names. */
export function resolveRelative(from: string, specifier: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}
