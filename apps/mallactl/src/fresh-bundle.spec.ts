import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { TemporaryFolder } from '@malla/testkit';
import { freshBundle } from './fresh-bundle.ts';

const folder = new TemporaryFolder('mallactl-bundle-');
afterAll(() => folder[Symbol.dispose]());

describe('freshBundle', () => {
  it('is used only while nothing that it was made from is newer', () => {
    expect(freshBundle(folder.path)).toBeUndefined();
    mkdirSync(folder.join('bundle'));
    writeFileSync(folder.join('lib.tsbuildinfo'), '');
    writeFileSync(folder.join('bundle', 'inputs.txt'), '../lib.tsbuildinfo\n');
    utimesSync(folder.join('lib.tsbuildinfo'), 1000, 1000);
    expect(freshBundle(folder.path)).toMatch(/^file:.*\/bundle\/start\.js$/);
    utimesSync(folder.join('lib.tsbuildinfo'), 4_000_000_000, 4_000_000_000);
    expect(freshBundle(folder.path)).toBeUndefined();
  });
});
