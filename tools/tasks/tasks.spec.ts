import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runQuietly } from '../setup/process.mjs';
import { TASKS } from './tasks.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const frontDoor = [process.execPath, `${root}tools/run.mjs`];

describe('the front door', () => {
  it('has a script in package.json for every task, and no other script', () => {
    const { scripts } = JSON.parse(fs.readFileSync(`${root}package.json`, 'utf8'));
    const wanted = Object.fromEntries(Object.keys(TASKS).map((name) => [name, `node tools/run.mjs ${name}`]));
    expect(scripts).toEqual(wanted);
  });

  it('lists its tasks', async () => {
    const { code, output } = await runQuietly([...frontDoor, '--help']);
    expect(code).toBe(0);
    for (const name of Object.keys(TASKS)) expect(output).toContain(`  ${name} `);
  });

  it.each(['nonsense', 'toString'])('refuses the unknown task %s', async (name) => {
    const { code, output } = await runQuietly([...frontDoor, name]);
    expect(code).toBe(64);
    expect(output).toMatch(/^usage:/);
  });
});
