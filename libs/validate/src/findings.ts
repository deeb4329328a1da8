import { errorAt, formatPath, warningAt, type FieldPath, type Problem } from '@malla/model';
import type { Complaint } from './values/complaint.ts';

/** Codes of semantic problems, as Istio's analyzer has them. Source: https://istio.io/latest/docs/reference/config/analysis/ */
export const analysisCodes = {
  /** A rule that Istio's validation refuses. */
  invalid: 'IST0106',
  /** Istio's validation warning. */
  questionable: 'IST0133',
  unreachableRule: 'IST0130',
  ineffectiveMatch: 'IST0131',
} as const;

/**
 * Collects the problems of one resource. Rules report here and return nothing, so that they read as a list of statements, and so that all
 * problems come at once. Every problem says what to do next.
 */
export class Findings {
  readonly problems: Problem[] = [];

  /** Refuses the resource. */
  error(path: FieldPath, message: string, hint: string): void {
    this.problems.push(errorAt(analysisCodes.invalid, formatPath(path), message, hint));
  }

  /** Refuses the resource if there is something to complain about. */
  refuse(path: FieldPath, found: Complaint | undefined): void {
    if (found !== undefined) this.error(path, found.message, found.hint);
  }

  /** Accepts the resource, but it probably does not do what its author wants. */
  warning(path: FieldPath, message: string, hint: string, code: string = analysisCodes.questionable): void {
    this.problems.push(warningAt(code, formatPath(path), message, hint));
  }

  /** Warns if there is something to complain about. */
  warn(path: FieldPath, found: Complaint | undefined): void {
    if (found !== undefined) this.warning(path, found.message, found.hint);
  }
}
