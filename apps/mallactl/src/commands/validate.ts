import { groupOf, hasErrors, kinds, problemCodes, type Problem } from '@malla/model';
import { Reported } from '../failure.ts';
import { readManifests } from '../manifests/manifest-set.ts';
import { countProblems, reportProblems } from '../manifests/report-problems.ts';
import { toJson } from '../output/print-data.ts';
import type { CommandInput } from '../command.ts';
import { exitCodes } from '../terminal.ts';

export interface ValidateOptions {
  readonly filename: readonly string[];
  readonly recursive?: boolean;
  readonly output?: 'table' | 'json';
}

/**
 * `validate`: schema and meaning of every object, without a server. Folders are read with everything inside them. Objects of other platforms'
 * kinds are passed over, and told: files often have them too. Exit code 65 with any error.
 */
export async function validateFiles({ options, terminal }: CommandInput<ValidateOptions>): Promise<void> {
  const { filename, namespace = 'default' } = options;
  const read = await readManifests({ sources: filename, recursive: true, namespace, allowRepeats: true }, terminal);
  const { files, manifests } = read;
  const problems = read.problems.filter((problem) => !isOfOtherKind(problem));
  for (const { file, position, message } of read.problems.filter(isOfOtherKind))
    terminal.err(`note: ${file}:${position?.line ?? 1}: passed over: ${message}\n`);
  if (options.output === 'json') terminal.out(toJson(problems));
  else {
    reportProblems(problems, terminal);
    for (const file of files) {
      if (!hasErrors(problems.filter((p) => p.file === file)))
        terminal.out(`"${file === '-' ? '<stdin>' : file}" is valid\n`);
    }
    if (problems.length > 0)
      terminal.err(
        `${countProblems(problems)} in ${files.length} file${files.length === 1 ? '' : 's'}, ${manifests.length} resources\n`,
      );
  }
  if (hasErrors(problems)) throw new Reported(exitCodes.badData);
}

const meshGroups = new Set(kinds.map((kind) => kind.group).filter((group) => /istio\.io$|gateway/.test(group)));

/**
 * Whether an object is of another platform's kind, so that nothing can be said about it. A name that is nearly one of ours, and an unknown
 * kind of a group of the mesh, are mistakes.
 */
function isOfOtherKind({ code, message, hint }: Problem): boolean {
  if (code !== problemCodes.unknownKind || hint !== undefined) return false;
  const apiVersion = message.split(' ').at(-1) ?? '';
  return !meshGroups.has(groupOf(apiVersion));
}
