// Codes of analysis: level, meaning, what to do, and an example of each that a test keeps true.
import fs from 'node:fs';
import path from 'node:path';
import { allAnalyzers, analysisMessages, runtimeKinds } from '@malla/analyze';
import { cell, code, page, table } from '../markdown.mjs';

const fixtures = path.join(import.meta.dirname, '../../../libs/analyze/fixtures');

const INTRODUCTION = `\`mallactl analyze\` finds mistakes that no single resource shows: names that lead nowhere, resources that contradict each other, rules that
never apply. The same findings come as warnings on write and stand in the status of a resource. Codes, names, levels and arguments are
[Istio's](https://istio.io/latest/docs/reference/config/analysis/); \`MAL01xx\` are Malla's own.

Not to be told of a finding: \`--suppress "CODE=KIND NAMESPACE/NAME"\` (with \`*\` for any text), or the annotation
\`galley.istio.io/analyze-suppress: CODE,CODE\` on the resource (\`*\` for all codes).`;

const FILES = `Without a server (\`--use-kube=false\`) analyzers that read ${[...runtimeKinds].map((ref) => ref.slice(1)).join(', ')} do not run, since files alone
do not tell what there is; \`--complete\` runs them too, for files that hold the whole mesh.`;

function example(definition) {
  const file = path.join(fixtures, definition.code.toLowerCase(), 'bad.yaml');
  if (!fs.existsSync(file)) return undefined;
  const text = fs.readFileSync(file, 'utf8');
  const found = [...text.matchAll(/^# finds: \S+ (\S+ \S+)(?: (.*))?$/gm)].map(
    ([, origin, field]) => `- \`${origin}\`${field === undefined ? '' : ` at \`${field}\``}`,
  );
  const yaml = text.replace(/^(# finds: .*\n)+/, '').trimEnd();
  return `Found in this example:\n\n${found.join('\n')}\n\n\`\`\`yaml\n${yaml}\n\`\`\``;
}

function section(definition) {
  const { level, name, meaning, fix, args } = definition;
  const by = allAnalyzers.filter((analyzer) => analyzer.codes.includes(definition.code)).map((a) => code(a.name));
  return [
    `### ${definition.code}`,
    `**${name}**, ${level}. ${meaning}`,
    `To do: ${fix}`,
    `Arguments: ${args.length === 0 ? 'none' : args.map(code).join(', ')}. Found by: ${by.length === 0 ? 'the program itself' : by.join(', ')}.`,
    example(definition),
  ]
    .filter((part) => part !== undefined)
    .join('\n\n');
}

/** docs/reference/analysis.md */
export function analysisPage() {
  const rows = analysisMessages.map(({ code: id, level, name, meaning }) => [
    `[${id}](#${id.toLowerCase()})`,
    level,
    name,
    cell(meaning),
  ]);
  const analyzers = allAnalyzers.map(({ name, description, inputs, onRequest }) => [
    code(name),
    cell(description + (onRequest === true ? ' (only when named)' : '')),
    inputs.map((ref) => code(ref.replace(/^\//, ''))).join(', '),
  ]);
  return page('Analysis', INTRODUCTION, [
    table(['code', 'level', 'name', 'meaning'], rows),
    `## Analyzers\n\n${FILES}\n\n${table(['analyzer', 'question', 'reads'], analyzers)}`,
    `## Codes\n\n${analysisMessages.map(section).join('\n\n')}`,
  ]);
}
