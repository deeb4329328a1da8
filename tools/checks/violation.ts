import type { Workspace } from './workspace.ts';

/** One place that breaks a rule. */
export interface Violation {
  /** File or project, from the root of the workspace. */
  readonly path: string;
  /** What is wrong there, in one sentence. */
  readonly message: string;
}

/** A rule over the whole workspace: returns every place that breaks it. */
export type Rule = (workspace: Workspace) => Violation[];
