// Prints figures about the source: `node tools/checks/figures.ts`. They are for reading and gate nothing, because a gate
// would invite padding.
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { readSourceTree } from './source-tree.ts';
import type { SourceFile } from './workspace.ts';
import { parseWorkspace } from './workspace.ts';

/** Lines of a text, without the one after the last line break. */
const linesOf = (text: string): number => text.split('\n').length - 1;

/** The value below which a share of the sorted values is. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** Lengths in lines of all functions, methods and arrow functions with a body in braces. */
export function functionLengths(file: Pick<SourceFile, 'path' | 'text'>): number[] {
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest);
  const line = (position: number) => source.getLineAndCharacterOfPosition(position).line;
  const lengths: number[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body && ts.isBlock(node.body as ts.Node)) {
      lengths.push(line(node.end) - line(node.getStart(source)) + 1);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return lengths;
}

/** Share of the lines that are comments, from 0 to 1. */
export function commentShare(texts: readonly string[]): number {
  const all = texts.flatMap((text) => text.split('\n'));
  const comments = all.filter((line) => /^\s*(\/\/|\/\*|\*)/.test(line));
  return all.length === 0 ? 0 : comments.length / all.length;
}

/** The figures as lines for people. */
export function describeFigures(files: readonly SourceFile[]): string[] {
  const code = files.filter((file) => !file.isTest);
  const tests = files.filter((file) => file.isTest);
  const total = (some: readonly SourceFile[]) => some.reduce((sum, file) => sum + linesOf(file.text), 0);
  const sizes = code.map((file) => linesOf(file.text));
  const functions = code.flatMap(functionLengths);
  return [
    `${code.length} files of code with ${total(code)} lines, ${tests.length} files of tests with ${total(tests)}`,
    `file: median ${quantile(sizes, 0.5)}, p90 ${quantile(sizes, 0.9)}, longest ${quantile(sizes, 1)} lines`,
    `function: median ${quantile(functions, 0.5)}, p90 ${quantile(functions, 0.9)}, longest ${quantile(functions, 1)} lines`,
    `comments: ${(commentShare(code.map((file) => file.text)) * 100).toFixed(0)} % of the lines; test to code ${(total(tests) / Math.max(1, total(code))).toFixed(2)}`,
  ];
}

if (import.meta.main) {
  const workspace = parseWorkspace(readSourceTree(fileURLToPath(new URL('../..', import.meta.url))));
  for (const line of describeFigures(workspace.projects.flatMap((project) => [...project.files]))) console.log(line);
}
