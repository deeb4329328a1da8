import { errorAt, formatPath, problemCodes, warningAt, type FieldPath, type Problem } from '@malla/model';

/** Codes of semantic problems, as Istio's analyzer has them. Source: https://istio.io/latest/docs/reference/config/analysis/ */
export const analysisCodes = {
  /** A rule that Istio's validation refuses. */
  invalid: 'IST0106',
  /** Istio's validation warning. */
  questionable: 'IST0133',
  referencedResourceNotFound: 'IST0101',
  conflictingMeshHosts: 'IST0109',
  destinationPortRequired: 'IST0112',
  unreachableRule: 'IST0130',
  ineffectiveMatch: 'IST0131',
  unknownDestinationRuleHost: 'IST0174',
} as const;

/** Collects the problems of one resource. Rules report here and return nothing, so that they read as a list of statements. */
export class Findings {
  readonly problems: Problem[] = [];

  /** Refuses the resource. */
  error(path: FieldPath, message: string, hint?: string): void {
    this.problems.push(errorAt(analysisCodes.invalid, formatPath(path), message, hint));
  }

  /** Accepts the resource, but it probably does not do what its author wants. */
  warning(path: FieldPath, message: string, code: string = analysisCodes.questionable): void {
    this.problems.push(warningAt(code, formatPath(path), message));
  }

  /** Refuses a use that is right in Istio and not supported by Malla yet. */
  unsupported(path: FieldPath, message: string, hint?: string): void {
    this.problems.push(
      errorAt(problemCodes.unsupportedValue, formatPath(path), `${message} is not supported yet`, hint),
    );
  }
}
