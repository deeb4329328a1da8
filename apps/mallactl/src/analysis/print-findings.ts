import colors from 'picocolors';
import { githubLineOf, lineOf, rowOf, sarifOf, type Finding, type Locate, type Paint } from '@malla/analyze';
import { toYaml } from '../output/print-data.ts';

export type FindingFormat = 'log' | 'json' | 'yaml' | 'sarif' | 'github';

export interface PrintParams {
  readonly format: FindingFormat;
  readonly color: boolean;
  /** Whether findings tell their cluster. */
  readonly withCluster: boolean;
  /** Version of this program. */
  readonly version: string;
  readonly locate: Locate;
}

/** Findings in a format, with a line break at the end; empty for a log without findings. */
export function printFindings(findings: readonly Finding[], params: PrintParams): string {
  const { format, locate, withCluster } = params;
  const rows = () => findings.map((finding) => rowOf(finding, locate, withCluster));
  switch (format) {
    case 'json':
      return `${JSON.stringify(rows(), null, '\t')}\n`;
    case 'yaml':
      return toYaml(rows());
    case 'sarif':
      return `${JSON.stringify(sarifOf(findings, locate, params.version), null, 2)}\n`;
    case 'github':
      return lines(findings.map((finding) => githubLineOf(finding, locate)));
    case 'log':
      return lines(findings.map((finding) => lineOf(finding, locate, painter(params.color), withCluster)));
  }
}

const lines = (each: readonly string[]) => each.map((line) => `${line}\n`).join('');

/** Colours as istioctl has them: bold red, yellow, none. */
function painter(color: boolean): Paint {
  const { bold, red, yellow } = colors.createColors(color);
  return (level, text) => (level === 'error' ? bold(red(text)) : level === 'warning' ? yellow(text) : text);
}
