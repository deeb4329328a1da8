import colors from 'picocolors';
import { describeProblem, type Problem } from '@malla/model';
import type { Terminal } from '../terminal.ts';

/** Prints problems to standard error, each on one line: `reviews.yaml:12:9: error MAL0021 spec.http[0].timeot: is not ...`. */
export function reportProblems(problems: readonly Problem[], terminal: Terminal): void {
  for (const problem of problems) {
    const { level, code } = problem;
    const label = level === 'error' ? colors.red('error') : colors.yellow('warning');
    terminal.err(`${placeOf(problem)}${label} ${code} ${describeProblem(problem)}\n`);
  }
}

/** `reviews.yaml:12:9: `, or nothing for a problem of no file. */
export function placeOf({ file, position }: Pick<Problem, 'file' | 'position'>): string {
  const parts = [file === '-' ? '<stdin>' : file, position?.line, position?.column].filter((p) => p !== undefined);
  return parts.length === 0 ? '' : `${parts.join(':')}: `;
}

/** `2 errors, 1 warning` */
export function countProblems(problems: readonly Problem[]): string {
  const errors = problems.filter((p) => p.level === 'error').length;
  const warnings = problems.length - errors;
  const count = (n: number, word: string) => (n === 0 ? [] : [`${n} ${word}${n === 1 ? '' : 's'}`]);
  return [...count(errors, 'error'), ...count(warnings, 'warning')].join(', ');
}
