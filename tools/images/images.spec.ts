import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { NODE_VERSION } from '../setup/node.mjs';
import { APPS } from './apps.mjs';
import { BASE_IMAGES } from './base/images.mjs';

const root = path.join(import.meta.dirname, '../..');
const dockerfile = fs.readFileSync(path.join(root, 'Dockerfile'), 'utf8');
const stages = [...dockerfile.matchAll(/^FROM runtime AS (\S+)$/gm)].map(([, name]) => name);

describe('the images', () => {
  it('are one for each app, and one stage for each', () => {
    const apps = fs.readdirSync(path.join(root, 'apps'));
    expect(Object.keys(APPS).sort()).toEqual(apps.sort());
    expect(stages.sort()).toEqual(apps.sort());
  });

  it('start programs that they hold', () => {
    const started = [...dockerfile.matchAll(/^ENTRYPOINT \["node", "\/malla\/([^"]+)"\]$/gm)].map(([, file]) => file);
    expect(started).toHaveLength(stages.length);
    const held = Object.values(APPS).flatMap(({ entries }) => entries);
    for (const file of started) expect(held).toContain(file);
  });

  it('have the Node.js that the rest of the project runs on', () => {
    expect(dockerfile).toContain(`ARG NODE_IMAGE=${BASE_IMAGES.node}\n`);
    expect(BASE_IMAGES.node).toBe(`node:${NODE_VERSION}-bookworm-slim`);
  });

  it('never run as root', () => {
    expect(dockerfile.match(/^USER .*$/gm)).toEqual(['USER 65532:65532', 'USER 1337:1337']);
  });
});
