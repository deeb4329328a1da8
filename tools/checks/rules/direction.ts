import { mayImport } from '../layers.ts';
import type { Rule, Violation } from '../violation.ts';
import type { Project, SourceFile, Workspace } from '../workspace.ts';
import { isRelative, packageOf, resolveRelative, SCOPE } from '../workspace.ts';

/** Every project has exactly one tag `layer:<known layer>`. */
export const everyProjectHasALayer: Rule = ({ projects }) =>
  projects
    .filter((project) => project.layer === undefined)
    .map(({ folder }) => ({ path: folder, message: 'package.json needs exactly one tag "layer:..." in nx.tags' }));

/** Declared dependencies between projects follow the direction table. */
export const dependenciesFollowTheLayers: Rule = ({ projects }) =>
  projects.flatMap((project) =>
    project.dependencies
      .filter((name) => name.startsWith(SCOPE))
      .flatMap((name) => describeDependency(projects, project, name.slice(SCOPE.length))),
  );

function describeDependency(projects: readonly Project[], project: Project, name: string): Violation[] {
  const target = projects.find((other) => other.name === name);
  if (!target) return [{ path: project.folder, message: `package.json depends on ${name}, which is no project` }];
  if (mayImport(project, target)) return [];
  return [{ path: project.folder, message: `${layered(project)} must not depend on ${layered(target)}` }];
}

function layered(project: Project): string {
  return `${project.layer ?? 'untagged'} ${project.name}`;
}

/** Imports of other projects: in the right direction, declared, and by an entry point that is exported. */
export const importsFollowTheLayers: Rule = (workspace) => eachImport(workspace, describeImport);

function describeImport(file: SourceFile, specifier: string, { projects }: Workspace): string | undefined {
  if (!specifier.startsWith(SCOPE)) return undefined;
  const [name = '', ...rest] = specifier.slice(SCOPE.length).split('/');
  const target = projects.find((project) => project.name === name);
  const from = file.project;
  if (!target) return `imports ${specifier}, which is no project`;
  if (target === from) return `imports its own project by name (${specifier}): import the file itself`;
  if (!isExported(target, rest)) return `imports ${specifier}, which ${target.folder}/package.json does not export`;
  if (target.layer === 'app') return `imports the app ${name}: nobody imports an app`;
  if (file.isTest) return undefined;
  if (target.layer === 'test' || rest[0] === 'conformance') return `imports ${specifier}: only specs do`;
  if (!mayImport(from, target)) return `${layered(from)} must not import ${layered(target)}`;
  if (!from.dependencies.includes(`${SCOPE}${name}`))
    return `imports ${SCOPE}${name} without declaring it in package.json`;
  return undefined;
}

function isExported(project: Project, rest: readonly string[]): boolean {
  const wanted = ['.', ...rest].join('/');
  return project.exports.some((entry) =>
    entry.includes('*') ? wanted.startsWith(entry.slice(0, entry.indexOf('*'))) : entry === wanted,
  );
}

/** A relative import stays inside its project. */
export const relativeImportsStayInside: Rule = (workspace) =>
  eachImport(workspace, (file, specifier) =>
    isRelative(specifier) && !resolveRelative(file.path, specifier).startsWith(`${file.project.folder}/`)
      ? `imports ${specifier} from outside its project`
      : undefined,
  );

/** Third-party packages are declared once, at the root; production code uses no development dependency. */
export const packagesAreDeclaredAtTheRoot: Rule = (workspace) => [
  ...workspace.projects.flatMap((project) =>
    project.dependencies
      .filter((name) => !name.startsWith(SCOPE))
      .map((name) => ({
        path: project.folder,
        message: `declares ${name}: third-party packages belong to the root package.json`,
      })),
  ),
  ...eachImport(workspace, describePackage),
];

function describePackage(file: SourceFile, specifier: string, { packages }: Workspace): string | undefined {
  if (isRelative(specifier) || specifier.startsWith(SCOPE) || isNodeModule(specifier)) return undefined;
  const name = packageOf(specifier);
  if (packages.production.has(name)) return undefined;
  if (!packages.development.has(name)) return `imports ${name}, which the root package.json does not have`;
  return file.isTest ? undefined : `imports ${name}, which is a development dependency`;
}

/** True for `node:fs` and the like. The prefix is demanded: what has none is a package. */
export function isNodeModule(specifier: string): boolean {
  return specifier.startsWith('node:');
}

/** Calls `describe` for every import of every file, and makes a violation of what it returns. */
export function eachImport(
  workspace: Workspace,
  describe: (file: SourceFile, specifier: string, workspace: Workspace) => string | undefined,
): Violation[] {
  return workspace.projects
    .flatMap((project) => project.files)
    .flatMap((file) =>
      file.imports.flatMap((specifier) => {
        const message = describe(file, specifier, workspace);
        return message === undefined ? [] : [{ path: file.path, message }];
      }),
    );
}
