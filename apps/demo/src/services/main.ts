import { parseArgs } from 'node:util';
import { runLoad } from '../load/run-load.ts';
import { bookinfo } from './bookinfo.ts';
import { startSampleService } from './sample-service.ts';

// An ordinary service, or an ordinary client of one: nothing of Malla is in this process.
const usage = `usage: main.js --name NAME --port PORT [--host ADDRESS] [--version v1] [--fail-status STATUS] [--upstream SERVICE=URL ...]
       main.js load --url URL [--url URL ...] [--rate PER_SECOND] [--header NAME=VALUE ...]
NAME is one of ${Object.keys(bookinfo).join(', ')}. ADDRESS is 127.0.0.1 unless given.`;

/** How long requests in flight may take when the service is told to end. */
const graceMs = 3000;

const [command] = process.argv.slice(2);
if (command === 'load') load(process.argv.slice(3));
else await serve(process.argv.slice(2));

async function serve(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      name: { type: 'string' },
      version: { type: 'string', default: 'v1' },
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string' },
      'fail-status': { type: 'string' },
      upstream: { type: 'string', multiple: true, default: [] },
    },
  });
  const { name = '', version, host, port = '', 'fail-status': failStatus, upstream } = values;
  const service = bookinfo[name];
  if (service === undefined || !/^\d{1,5}$/.test(port)) refuse();
  const server = await startSampleService({
    name,
    version,
    host,
    port: Number(port),
    handler: service(version, pairs(upstream)),
    ...(failStatus !== undefined && { failStatus: Number(failStatus) }),
  });
  onEnd(() => {
    server.close(() => process.exit(0));
    // Whoever holds a connection may be gone without a word.
    setTimeout(() => server.closeAllConnections(), graceMs).unref();
  });
}

function load(args: readonly string[]): void {
  const { values } = parseArgs({
    args: [...args],
    options: {
      url: { type: 'string', multiple: true, default: [] },
      rate: { type: 'string', default: '1' },
      header: { type: 'string', multiple: true, default: [] },
    },
  });
  const perSecond = Number(values.rate);
  if (!values.url.every((url) => URL.canParse(url)) || values.url.length === 0 || !(perSecond > 0)) refuse();
  const running = runLoad({
    urls: values.url,
    perSecond,
    headers: pairs(values.header),
    report: (line) => process.stdout.write(`${line}\n`),
  });
  onEnd(() => void running.stop().then(() => process.exit(0)));
}

function pairs(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(texts.map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
}

function refuse(): never {
  process.stderr.write(`${usage}\n`);
  process.exit(64);
}

function onEnd(end: () => void): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, end);
}
