import {
  formatProblems,
  integer,
  loadSettings,
  optionalSetting,
  port,
  processInput,
  setting,
  text,
  url,
} from '@malla/settings';
import { bookinfo } from './bookinfo.ts';
import { startSampleService } from './sample-service.ts';

const spec = {
  name: setting({ env: 'SAMPLE_NAME', schema: text(), description: `One of ${Object.keys(bookinfo).join(', ')}.` }),
  version: setting({
    env: 'SAMPLE_VERSION',
    schema: text(),
    default: 'v1',
    description: 'Version label of this instance.',
  }),
  port: setting({ env: 'SAMPLE_PORT', schema: port(), description: 'Port on loopback.' }),
  failStatus: optionalSetting({
    env: 'SAMPLE_FAIL_STATUS',
    schema: integer({ min: 200, max: 599 }),
    description: 'Answer everything with this status.',
  }),
  details: optionalSetting({ env: 'SAMPLE_DETAILS', schema: url(['http']), description: 'URL of details.' }),
  reviews: optionalSetting({ env: 'SAMPLE_REVIEWS', schema: url(['http']), description: 'URL of reviews.' }),
  ratings: optionalSetting({ env: 'SAMPLE_RATINGS', schema: url(['http']), description: 'URL of ratings.' }),
};

const loaded = loadSettings(spec, processInput());
if (loaded.kind === 'help') {
  process.stdout.write(loaded.text);
  process.exit(0);
}
if (loaded.kind === 'problems') {
  process.stderr.write(`${formatProblems(loaded.problems)}\n`);
  process.exit(2);
}
const { name, version, port: listenPort, failStatus, details, reviews, ratings } = loaded.values;
const service = bookinfo[name];
if (service === undefined) {
  process.stderr.write(`SAMPLE_NAME: "${name}" is none of ${Object.keys(bookinfo).join(', ')}\n`);
  process.exit(2);
}
const upstreams = { ...(details && { details }), ...(reviews && { reviews }), ...(ratings && { ratings }) };
const server = await startSampleService({
  name,
  version,
  port: listenPort,
  handler: service(version, upstreams),
  ...(failStatus !== undefined && { failStatus }),
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => server.close(() => process.exit(0)));
