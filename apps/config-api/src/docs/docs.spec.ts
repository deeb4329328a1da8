import { describe, expect, it } from 'vitest';
import { suiteConfigApi } from '../../test/suite-config-api.ts';

describe('the documentation page', () => {
  const config = suiteConfigApi();

  it('is served without a token, whole, and loads nothing from elsewhere', async () => {
    const page = await config.rest.get('/docs', { token: null });
    expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
    expect(String(page.headers['content-security-policy'])).toContain("default-src 'none'");
    const links = [...String(page.body).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '');
    expect(links.length).toBeGreaterThan(4);
    for (const link of links) {
      expect(link).toMatch(/^\/docs\//);
      const file = await config.rest.get(link, { token: null });
      expect(file.status).toBe(200);
      expect(file.headers['content-type']).toMatch(/css|javascript|png/);
    }
  });

  it('serves no other files', async () => {
    for (const path of [
      '/docs/../package.json',
      '/docs/%2e%2e/package.json',
      '/docs/package.json',
      '/docs/index.js',
      '/docs/..%2fsrc',
    ])
      expect((await config.rest.get(path, { token: null })).status).not.toBe(200);
  });

  it('finds every document that it shows, with a token only', async () => {
    expect((await config.rest.get('/openapi/v3', { token: null })).status).toBe(401);
    const { paths } = (await config.rest.get('/openapi/v3')).body as {
      paths: Record<string, { serverRelativeURL: string }>;
    };
    for (const { serverRelativeURL } of Object.values(paths)) {
      const document = await config.rest.get(serverRelativeURL);
      expect(document.body.openapi).toBe('3.0.0');
      expect(Object.keys(document.body.paths as object).length).toBeGreaterThan(0);
    }
  });
});
