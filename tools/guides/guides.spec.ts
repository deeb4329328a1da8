import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { missingLine } from './compare.mjs';
import { readGuide } from './read-guide.mjs';
import { Terminal } from './terminal.mjs';
import { GuideError, tryGuide } from './try-guide.mjs';

const fence = '```';

describe('a guide', () => {
  it('is what its blocks of shell say, one step each', () => {
    const [first, second, ...rest] = readGuide(
      `${fence}sh\na=1\nexport a\n${fence}\ntext\n${fence}console\n$ echo $a \\\n  b\n1 b\n\n$ true\n${fence}\n${fence}yaml\na: 1\n${fence}\n`,
    );
    expect(first).toMatchObject({ line: 2, commands: [{ text: 'a=1\nexport a', expected: [] }] });
    expect(second?.commands).toEqual([
      { text: 'echo $a \\\n  b', expected: ['1 b', ''] },
      { text: 'true', expected: [] },
    ]);
    expect(rest).toEqual([]);
  });

  it('says in comments what a reader does by head', () => {
    const [step, plain] = readGuide(
      `<!-- try: on vm; background until /is (up|ready)$/; within 600 s -->\n\n${fence}sh\nrun\n${fence}\n${fence}sh\nx\n${fence}`,
    );
    expect(step?.directives).toMatchObject({ on: 'vm', withinMs: 600_000, background: /is (up|ready)$/m });
    expect(plain?.directives).toEqual({ withinMs: 120_000, repeat: false, anyOrder: false, fails: false });
    const [file] = readGuide(`<!-- try: file a.yaml -->\n${fence}yaml\na: 1\n${fence}`);
    expect(file).toMatchObject({ directives: { file: 'a.yaml' }, text: 'a: 1' });
  });

  it.each(['<!-- try: wait a bit -->', '<!-- try: within some s -->', `${fence}sh\nno end`])(
    'is refused for %s',
    (text) => {
      expect(() => readGuide(text)).toThrow(/line 1/);
    },
  );
});

describe('what comes out', () => {
  it.each([
    ['figures, ages and ids', 'v1 x 889, v2 x 111 (40s)', 'v1 x 7, v2 x 1 (2m10s)'],
    ['tables', 'NAME   STATUS   AGE', 'NAME             STATUS         AGE'],
    ['what is left out', '{"live":true,...,"state":"ok"', '{"live":true,"ready":true,"state":"ok"}'],
    ['revisions', '0 df3a0389-3037-47c5-b528-552014a1488f', '1 00000000-3037-47c5-b528-552014a1488f'],
  ])('may differ in %s', (_, shown, actual) => {
    expect(missingLine([shown], `before\n${actual}\nafter`)).toBeUndefined();
  });

  it.each([
    ['another word', ['is ready'], 'is not ready'],
    ['another order', ['a', 'b'], 'b\na'],
    ['a missing line', ['a', 'a'], 'a'],
  ])('may not have %s', (_, shown, actual) => {
    expect(missingLine(shown, actual)).toBeDefined();
  });
});

describe('what comes out in any order', () => {
  it('needs each line once', () => {
    expect(missingLine(['a', 'b'], 'b\na', { anyOrder: true })).toBeUndefined();
    expect(missingLine(['a', 'a'], 'b\na', { anyOrder: true })).toBe('a');
  });
});

describe('a trial', () => {
  let folder: string;
  let terminal: Terminal;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'malla-guides-'));
    terminal = new Terminal(['bash', '--norc'], { cwd: folder });
  });

  afterEach(async () => {
    await terminal.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const attempt = (guide: string, instead = {}) => {
    const file = join(folder, 'guide.md');
    writeFileSync(file, guide);
    return tryGuide({ file, trial: { terminal: () => Promise.resolve(terminal), instead }, say: () => undefined });
  };
  const block = (language: string, text: string, directive = '') =>
    `${directive}\n${fence}${language}\n${text}\n${fence}\n`;

  it('keeps variables, functions and jobs from block to block', async () => {
    const guide =
      block('sh', 'x=1; say() { echo "it is $x"; }') +
      block('yaml', 'kind: A', '<!-- try: file a.yaml -->') +
      block('console', '$ say\nit is 2\n$ cat a.yaml\nkind: A') +
      block('sh', 'echo started; sleep 60', '<!-- try: background until /^started$/ -->') +
      block('console', '$ jobs | grep -c Running\n1');
    expect(await attempt(guide)).toBe(5);
  });

  it('lets conditions fail, and what comes after an or', async () => {
    expect(await attempt(block('sh', 'if false; then true; fi\nfalse || true\n! true || x=1'))).toBe(1);
  });

  it('repeats what takes time', async () => {
    const grow = block('console', '$ echo x >> seen; cat seen\nx\nx\nx', '<!-- try: repeat; within 30 s -->');
    expect(await attempt(grow)).toBe(1);
  });

  it.each([
    ['a command that fails', block('sh', 'false')],
    ['one among others that fails', block('sh', 'false\ntrue')],
    ['one that was to fail and does not', block('sh', 'true', '<!-- try: fails -->')],
    ['another output', block('console', '$ echo yes\nno')],
    ['what takes too long', block('sh', 'sleep 60', '<!-- try: within 1 s -->')],
    ['a job that ends', block('sh', 'echo gone', '<!-- try: background until /ready/ -->')],
    ['a shell that ends', block('sh', 'exit 3')],
    ['nothing to do instead', block('sh', 'x', '<!-- try: instead magic -->')],
  ])('ends at %s', async (_, guide) => {
    await expect(attempt(guide)).rejects.toThrow(GuideError);
  });

  it('leaves out, and does instead, what the guide says', async () => {
    const done: string[] = [];
    const instead = { import: async () => void done.push('import') };
    const guide =
      block('sh', 'false', '<!-- try: skip only on a cloud -->') + block('sh', 'x', '<!-- try: instead import -->');
    expect([await attempt(guide, instead), done]).toEqual([0, ['import']]);
  });

  it('ends what it started', async () => {
    const { output } = await terminal.run('sleep 61 & echo $!', 10_000);
    await terminal.close();
    const stat = `/proc/${output.trim()}/stat`;
    // Whoever inherits it may take its time to bury it.
    const runs = () => existsSync(stat) && !/\) Z /.test(readFileSync(stat, 'utf8'));
    await expect.poll(runs, { timeout: 10_000 }).toBe(false);
  });
});
