import { documentationUrl, findCode, type Finding } from '@malla/analyze';
import { describeProblem, formatPath } from '@malla/model';
import type { Condition } from './condition.ts';

/** A finding in the status of an object, as Istio writes it. Source: istio.io/api analysis/v1alpha1, AnalysisMessageBase */
export interface ValidationMessage {
  readonly type: { readonly name: string; readonly code: string };
  readonly level: 'ERROR' | 'WARNING' | 'INFO';
  readonly documentationUrl: string;
}

/** What analysis adds to a status. */
export interface AnalysisStatus {
  readonly validationMessages: readonly ValidationMessage[];
  readonly condition: Condition;
}

/** As many findings are told in a message. */
const mostTold = 5;

/** One line for people: field, what is wrong with it, and the code. */
export function describeFinding({ code, message, path }: Finding): string {
  return `${describeProblem({ code, level: 'warning', message, path: formatPath(path) })} (${code})`;
}

/** The findings about an object as its status tells them: remarks (level info) are no failure. */
export function analysisStatus(findings: readonly Finding[]): AnalysisStatus {
  const validationMessages = findings.map(({ code, level }) => ({
    type: { name: findCode(code)?.name ?? code, code },
    level: level.toUpperCase() as ValidationMessage['level'],
    documentationUrl: documentationUrl(code),
  }));
  const serious = findings.filter(({ level }) => level !== 'info');
  const told = serious.slice(0, mostTold).map(describeFinding);
  const more = serious.length > mostTold ? `; and ${serious.length - mostTold} more` : '';
  const condition: Condition =
    serious.length === 0
      ? { type: 'PassedAnalysis', status: 'True', reason: 'NoFindings', message: 'nothing is wrong with it' }
      : { type: 'PassedAnalysis', status: 'False', reason: 'Findings', message: told.join('; ') + more };
  return { validationMessages, condition };
}
