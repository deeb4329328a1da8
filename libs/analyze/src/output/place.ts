import type { Finding } from '../finding.ts';

/** A place in a file; line and column from 1. */
export interface Place {
  /** As given by the user; `-` for standard input. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Where a finding stands; undefined for what is in no file. */
export type Locate = (finding: Finding) => Place | undefined;

/** `reviews.yaml:12`, as Istio writes places. */
export function referenceOf({ file, line }: Place): string {
  return `${file}:${line}`;
}
