import { describe, expect, it } from 'vitest';
import { findFile } from './index-page.mjs';

const pageUrl = 'https://mirror.example/root/simple/thing/';

function html(text: string) {
  return { text, contentType: 'text/html; charset=utf-8', pageUrl };
}

describe('findFile', () => {
  it('finds a file on a JSON page', () => {
    const text = JSON.stringify({
      meta: { 'api-version': '1.1' },
      files: [{ filename: 'a-1.whl', url: '../../packages/a-1.whl', hashes: {} }],
    });
    const page = { text, contentType: 'application/vnd.pypi.simple.v1+json', pageUrl };
    expect(findFile(page, 'a-1.whl')).toBe('https://mirror.example/root/packages/a-1.whl');
    expect(findFile(page, 'a-2.whl')).toBeUndefined();
  });

  it('finds a relative link on an HTML page, without its digest', () => {
    const page = html('<a class="x" href="../../p/a-1.whl#sha256=00">a-1.whl</a><br/>');
    expect(findFile(page, 'a-1.whl')).toBe('https://mirror.example/root/p/a-1.whl');
  });

  it('reads single quotes, entities, escapes and absolute links', () => {
    const page = html(`<A HREF='https://files.example/d/a-1%2Bcpu.whl?k=1&amp;s=2#x'>a</A>`);
    expect(findFile(page, 'a-1+cpu.whl')).toBe('https://files.example/d/a-1%2Bcpu.whl?k=1&s=2');
  });

  it('does not take a file whose name only begins alike', () => {
    expect(findFile(html('<a href="a-1.whl.metadata">a</a>'), 'a-1.whl')).toBeUndefined();
  });
});
