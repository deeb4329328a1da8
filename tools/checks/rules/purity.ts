import { IMPURE_PACKAGES, NODE_EXCEPTIONS, PURE_LAYERS, SINGLE_IMPORTERS } from '../layers.ts';
import type { Rule } from '../violation.ts';
import type { SourceFile } from '../workspace.ts';
import { isRelative, packageOf } from '../workspace.ts';
import { eachImport, isNodeModule } from './direction.ts';

/** Node's modules and its globals are kept out of the layers below the adapters. */
export const pureLayersDoWithoutNode: Rule = (workspace) =>
  eachImport(workspace, (file, specifier) => {
    if (!isPure(file) || !isNodeModule(specifier)) return undefined;
    return (NODE_EXCEPTIONS[file.project.name] ?? []).includes(specifier)
      ? undefined
      : `imports ${specifier} below the adapters`;
  });

/** Frameworks and drivers are kept out of the layers below the adapters. */
export const pureLayersDoWithoutDrivers: Rule = (workspace) =>
  eachImport(workspace, (file, specifier) =>
    isPure(file) && !isRelative(specifier) && IMPURE_PACKAGES.test(packageOf(specifier))
      ? `imports ${packageOf(specifier)} below the adapters`
      : undefined,
  );

function isPure(file: SourceFile): boolean {
  return !file.isTest && file.project.layer !== undefined && PURE_LAYERS.includes(file.project.layer);
}

/** A driver has one importer; its specs and those of others included, so that nobody tests around the adapter. */
export const driversHaveOneImporter: Rule = (workspace) =>
  eachImport(workspace, (file, specifier) => {
    if (isRelative(specifier)) return undefined;
    const rule = SINGLE_IMPORTERS.find(({ packages }) => packages.test(packageOf(specifier)));
    return rule && rule.project !== file.project.name
      ? `imports ${packageOf(specifier)}, which only ${rule.project} may`
      : undefined;
  });

/** Settings are read in one place. */
export const environmentIsReadInSettings: Rule = ({ projects }) =>
  projects
    .filter((project) => project.name !== 'settings')
    .flatMap((project) => project.files)
    .filter((file) => !file.isTest && /\bprocess\.env\b/.test(withoutComments(file.text)))
    .map((file) => ({ path: file.path, message: 'reads process.env: settings are read once, in libs/settings' }));

/** Text without comments; good enough for looking up words, as no string of ours holds a comment mark before them. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}
