import { parseArgs } from 'node:util';
import { bookinfo } from './bookinfo.ts';
import { startSampleService } from './sample-service.ts';

// An ordinary service: nothing of Malla is in this process.
const usage = `usage: main.js --name NAME --port PORT [--version v1] [--fail-status STATUS] [--upstream SERVICE=URL ...]
NAME is one of ${Object.keys(bookinfo).join(', ')}.`;

const { values } = parseArgs({
  options: {
    name: { type: 'string' },
    version: { type: 'string', default: 'v1' },
    port: { type: 'string' },
    'fail-status': { type: 'string' },
    upstream: { type: 'string', multiple: true, default: [] },
  },
});
const { name = '', version, port = '', 'fail-status': failStatus, upstream } = values;
const service = bookinfo[name];
if (service === undefined || !/^\d{1,5}$/.test(port)) {
  process.stderr.write(`${usage}\n`);
  process.exit(64);
}
const upstreams = Object.fromEntries(upstream.map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
const server = await startSampleService({
  name,
  version,
  port: Number(port),
  handler: service(version, upstreams),
  ...(failStatus !== undefined && { failStatus: Number(failStatus) }),
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => server.close(() => process.exit(0)));
