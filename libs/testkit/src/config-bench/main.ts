/**
 * `npm run bench:config`: what validation and analysis of configuration cost.
 *
 *     --only NAME      only this part           --write FILE   writes the report there
 */
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { analysisReport } from './analysis.ts';
import { validationReport } from './validation.ts';

const { values } = parseArgs({ options: { only: { type: 'string' }, write: { type: 'string' } } });

/** Parts of the report in their order; each gives a section of Markdown. */
const parts: Readonly<Record<string, () => string | Promise<string>>> = {
  validation: validationReport,
  analysis: analysisReport,
};

if (values.only !== undefined && parts[values.only] === undefined) {
  console.error(`bench: no part ${values.only}; there are ${Object.keys(parts).join(', ')}`);
  process.exit(64);
}

const sections: string[] = [];
for (const [name, run] of Object.entries(parts)) {
  if (values.only !== undefined && values.only !== name) continue;
  console.error(name);
  sections.push(await run());
}
const report = `${[
  '# Configuration: cost of validation and analysis',
  `Measured on ${os.cpus().length} cores (${os.cpus()[0]?.model ?? 'unknown'}), ${os.type()} ${os.release()}, Node.js ${process.version}; load of the machine meanwhile ${os.loadavg()[0]?.toFixed(1)}.
Command: \`npm run bench:config\`.`,
  ...sections,
].join('\n\n')}\n`;
if (values.write === undefined) console.log(report);
else writeFileSync(values.write, report);
