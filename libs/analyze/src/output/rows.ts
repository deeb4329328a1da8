import { documentationUrl } from '../codes/find-code.ts';
import type { Level } from '../codes/code.ts';
import { originText, type Finding } from '../finding.ts';
import { referenceOf, type Locate } from './place.ts';

/** A finding as istioctl writes it in JSON and YAML. Keys are sorted by name, as there. */
export interface FindingRow {
  readonly cluster?: string;
  readonly code: string;
  readonly documentationUrl: string;
  readonly level: string;
  readonly message: string;
  readonly origin: string;
  /** File and line. */
  readonly reference?: string;
}

/** `Error`, `Warning`, `Info`, as Istio writes levels. */
export function levelText(level: Level): string {
  return level.slice(0, 1).toUpperCase() + level.slice(1);
}

/** The row of a finding; `withCluster` where several clusters are analysed. */
export function rowOf(finding: Finding, locate: Locate, withCluster = false): FindingRow {
  const { code, level, message, subject } = finding;
  const place = locate(finding);
  return {
    ...(withCluster && subject !== undefined ? { cluster: subject.cluster } : {}),
    code,
    documentationUrl: documentationUrl(code),
    level: levelText(level),
    message,
    origin: originText(finding),
    ...(place === undefined ? {} : { reference: referenceOf(place) }),
  };
}

/** Text before and behind a level, such as colours. */
export type Paint = (level: Level, text: string) => string;

/** One line: `Error [IST0101] (VirtualService shop/web web.yaml:9) the gateway "x" is not found`. */
export function lineOf(finding: Finding, locate: Locate, paint: Paint, withCluster = false): string {
  const { code, level, message, subject } = finding;
  const place = locate(finding);
  const where = [originText(finding), ...(place === undefined ? [] : [referenceOf(place)])].join(' ');
  const cluster = withCluster && subject !== undefined ? ` [cluster-${subject.cluster}]` : '';
  return `${paint(level, levelText(level))} [${code}]${cluster} (${where}) ${message}`;
}

/**
 * A command for GitHub's log, which shows the finding beside the line. Source:
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function githubLineOf(finding: Finding, locate: Locate): string {
  const command = { error: 'error', warning: 'warning', info: 'notice' }[finding.level];
  const place = locate(finding);
  const fields = [
    ...(place === undefined ? [] : [`file=${property(place.file)}`, `line=${place.line}`, `col=${place.column}`]),
    `title=${property(finding.code)}`,
  ];
  return `::${command} ${fields.join(',')}::${escaped(`${originText(finding)}: ${finding.message}`)}`;
}

const escaped = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const property = (text: string) => escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
