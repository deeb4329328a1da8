import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { ingestBootstrap } from '@malla/ingest';
// Not the whole library: its schemas are not needed here.
import { processInput } from '@malla/settings/process-input';
import { programVersion } from '../admin/server-info.ts';
import { parseCommandLine, UsageError, type ProgramOptions } from './command-line.ts';
import { ProgramLog } from './program-log.ts';
import { problemsText } from './resource-reader.ts';

/*
 * The built-in data plane as a program: it is run, configured and asked as Envoy is.
 */
async function main(args: readonly string[]): Promise<void> {
  let options: ProgramOptions;
  try {
    options = parseCommandLine(args, availableParallelism());
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`PARSE ERROR: ${error.message}\n`);
    process.exitCode = 1;
    return;
  }
  if (options.mode === 'version') process.stdout.write(`\nmalla-dataplane  version: ${programVersion}\n\n`);
  else await run(options);
}

async function run(options: ProgramOptions): Promise<void> {
  const log = new ProgramLog({
    level: options.logLevel,
    format: options.logFormat,
    escaped: options.logFormatEscaped,
    ...(options.logPath === undefined ? {} : { path: options.logPath }),
  });
  const fail = (logger: string, text: string): void => {
    log.write('critical', logger, text);
    process.exit(1);
  };
  const loaded = load(options.configPath);
  if ('problem' in loaded)
    return fail('main', `error initializing configuration '${options.configPath}': ${loaded.problem}`);
  if (options.mode === 'validate') {
    process.stdout.write(`configuration '${options.configPath}' OK\n`);
    return;
  }
  process.on('uncaughtException', (error) => fail('main', `uncaught exception: ${error.stack ?? error.message}`));
  process.on('unhandledRejection', (reason) =>
    fail('main', `unhandled rejection: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`),
  );
  // Loaded only to serve: `--version` and `--mode validate` need little.
  const { Program } = await import('./program.ts');
  try {
    const program = new Program({
      options,
      ...loaded,
      log,
      environment: processInput().env,
      exit: (code) => process.exit(code),
    });
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        log.write('warning', 'main', `caught ENVOY_${signal}`);
        program.end(0);
      });
    }
    process.on('SIGUSR1', () => program.reopenLogs());
    process.on('SIGHUP', () =>
      log.write('warning', 'main', 'caught and eating SIGHUP. See documentation for how to hot restart.'),
    );
    await program.start();
  } catch (error) {
    fail('main', error instanceof Error ? error.message : String(error));
  }
}

function load(path: string) {
  let bootstrapText: string;
  try {
    bootstrapText = readFileSync(path, 'utf8');
  } catch {
    return { problem: `unable to read file: ${path}` };
  }
  const result = ingestBootstrap(bootstrapText);
  return result.ok ? { bootstrap: result.config, bootstrapText } : { problem: problemsText(result.problems) };
}

await main(process.argv.slice(2));
