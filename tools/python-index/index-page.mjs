// Finds a file on a project's page of a Python package index, in the JSON form (PEP 691) or the older HTML form (PEP 503).

/** What to ask for: JSON first, the HTML forms for indexes that know only those. */
export const ACCEPT = 'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1';

/**
 * The absolute address of a file, or undefined when the page does not list it.
 * @param {{text: string, contentType: string, pageUrl: string}} page `pageUrl` after redirects: links are relative to it
 * @param {string} filename
 */
export function findFile({ text, contentType, pageUrl }, filename) {
  const links = /json/i.test(contentType) ? jsonLinks(text) : htmlLinks(text);
  for (const link of links) {
    const url = new URL(link, pageUrl);
    url.hash = '';
    if (decodeURIComponent(url.pathname.split('/').at(-1) ?? '') === filename) return url.href;
  }
  return undefined;
}

function jsonLinks(text) {
  const { files } = JSON.parse(text);
  return Array.isArray(files) ? files.map((file) => String(file.url)) : [];
}

const ENTITIES = { '&amp;': '&', '&#38;': '&', '&quot;': '"', '&#34;': '"', '&#39;': "'", '&lt;': '<', '&gt;': '>' };

function htmlLinks(text) {
  const anchors = text.matchAll(/<a\s[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)')/gi);
  return [...anchors].map(([, double, single]) =>
    (double ?? single ?? '').replace(/&[#\w]+;/g, (e) => ENTITIES[e] ?? e),
  );
}
