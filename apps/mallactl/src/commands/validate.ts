import { hasErrors } from '@malla/model';
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

/** `validate`: schema and meaning of every object, without a server. Exit code 65 with any error. */
export async function validateFiles({ options, terminal }: CommandInput<ValidateOptions>): Promise<void> {
  const { filename, recursive = false, namespace = 'default' } = options;
  const { problems, files, manifests } = await readManifests(
    { sources: filename, recursive, namespace, allowRepeats: true },
    terminal,
  );
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
