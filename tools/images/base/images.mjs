// Images from elsewhere, by the names that the Dockerfile and docker-compose.yml have for them.
import { NODE_VERSION } from '../../setup/node.mjs';

/** What the others are made from; also a target of its own. */
export const DEBIAN_IMAGE = 'debian:bookworm-slim';

/** Name of the image by its stage in the Dockerfile beside this file. Versions are those of Debian 12's packages. */
export const BASE_IMAGES = {
  node: `node:${NODE_VERSION}-bookworm-slim`,
  postgres: 'postgres:15-bookworm',
  redis: 'redis:7-bookworm',
  prometheus: 'prom/prometheus:v2.42.0',
};

/** The npm that comes with Node.js in the official image. */
export const NPM_VERSION = '11.19.1';
