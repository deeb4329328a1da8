import { formatPath } from '@malla/model';
import type { Level } from '../codes/code.ts';
import { documentationUrl, findCode } from '../codes/find-code.ts';
import { originText, type Finding } from '../finding.ts';
import type { Locate } from './place.ts';

const sarifLevels: Readonly<Record<Level, string>> = { error: 'error', warning: 'warning', info: 'note' };

/** Page of the reference; SARIF wants whole URLs, which Malla's own codes have only inside the repository. */
function helpUri(code: string): { helpUri?: string } {
  const url = documentationUrl(code);
  return url.startsWith('https://') ? { helpUri: url } : {};
}

function ruleOf(code: string): object {
  const definition = findCode(code);
  if (definition === undefined) return { id: code };
  const { name, meaning, fix, level } = definition;
  return {
    id: code,
    name,
    shortDescription: { text: meaning },
    help: { text: fix },
    defaultConfiguration: { level: sarifLevels[level] },
    ...helpUri(code),
  };
}

/** Files by URI reference: relative paths stay relative to where the command ran. */
function uriOf(file: string): string {
  const path = file === '-' ? 'stdin' : file.replaceAll('\\', '/');
  return encodeURI(path).replaceAll('#', '%23').replaceAll('?', '%3F');
}

function resultOf(finding: Finding, ruleIndex: number, locate: Locate): object {
  const place = locate(finding);
  const origin = originText(finding);
  const path = formatPath(finding.path);
  return {
    ruleId: finding.code,
    ruleIndex,
    level: sarifLevels[finding.level],
    message: { text: `${origin}: ${finding.message}` },
    locations: [
      {
        ...(place === undefined
          ? {}
          : {
              physicalLocation: {
                artifactLocation: { uri: uriOf(place.file) },
                region: { startLine: place.line, startColumn: place.column },
              },
            }),
        logicalLocations: [{ fullyQualifiedName: path === '' ? origin : `${origin} ${path}`, kind: 'resource' }],
      },
    ],
    // Stable over lines that move, so that a finding is known again.
    partialFingerprints: { 'origin/v1': `${finding.code} ${origin} ${path}` },
  };
}

/** Findings as SARIF 2.1.0, for tools that show results of static analysis. Source: OASIS SARIF 2.1.0 */
export function sarifOf(findings: readonly Finding[], locate: Locate, version: string): object {
  const codes = [...new Set(findings.map((finding) => finding.code))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'mallactl analyze', version, rules: codes.map(ruleOf) } },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => resultOf(finding, codes.indexOf(finding.code), locate)),
      },
    ],
  };
}
