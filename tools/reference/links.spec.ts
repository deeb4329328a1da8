import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchor } from './markdown.mjs';

const workspace = path.resolve(import.meta.dirname, '../..');

/** README, CONTRIBUTING and everything below docs. */
const pages = [
  ...fs.readdirSync(workspace).filter((name) => name.endsWith('.md')),
  ...fs
    .readdirSync(path.join(workspace, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join('docs', name)),
];

const read = (page: string) => fs.readFileSync(path.join(workspace, page), 'utf8');
const headings = (page: string) => [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, text]) => anchor(text as string));

/** Why a link leads nowhere, or undefined. Links to other sites are not followed. */
function problemOf(page: string, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [file = '', heading] = link.split('#');
  const target = file === '' ? page : path.join(path.dirname(page), file);
  if (!fs.existsSync(path.join(workspace, target))) return `${page}: ${link}: no such file`;
  if (heading === undefined || headings(target).includes(heading)) return undefined;
  return `${page}: ${link}: no such heading`;
}

describe('links of the documentation', () => {
  it('lead to files and headings that are there', () => {
    const links = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => problemOf(page, link as string)),
    );
    expect(links.length).toBeGreaterThan(100);
    expect(links.filter((problem) => problem !== undefined)).toEqual([]);
  });
});
