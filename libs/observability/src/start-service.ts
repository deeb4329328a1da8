import { Module, type DynamicModule, type INestApplicationContext, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { MallaError } from '@malla/model';
import {
  formatProblems,
  likelyTypos,
  loadSettings,
  printableSettings,
  type SettingsInput,
  type SettingsOf,
  type SettingsSpec,
} from '@malla/settings';
import type { DestinationStream, Logger } from 'pino';
import type { Registry } from 'prom-client';
import { Health } from './health.ts';
import { createLogger } from './logger.ts';
import { createMetrics, watchHealth } from './metrics.ts';
import { NestLogger } from './nest-logger.ts';
import { ObservabilityModule } from './observability.module.ts';
import { listenFailure } from './listen-failure.ts';
import { openTracing, type Tracing } from './tracing/open-tracing.ts';
import { traceRequests } from './tracing/http-spans.ts';
import { commonSettings, type CommonSettings } from './service-settings.ts';

/** What a service gets before its module is built. */
export interface ServiceContext<S extends SettingsSpec> {
  readonly name: string;
  readonly settings: SettingsOf<S & CommonSettings>;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly health: Health;
}

/** One of Malla's services, as its `main.ts` describes it. */
export interface ServiceDefinition<S extends SettingsSpec> {
  /** Such as `discovery`; the name in logs and metrics. */
  readonly name: string;
  /** One sentence for `--help`. */
  readonly description: string;
  readonly version: string;
  /** Its own settings, besides the common ones. */
  readonly settings: S;
  /** Default of MALLA_HTTP_PORT. */
  readonly httpPort: string;
  /** Builds the root module; may do work first, such as opening a store. */
  module(context: ServiceContext<S>): DynamicModule | Type | Promise<DynamicModule | Type>;
  /**
   * Runs once HTTP listens, so that probes answer while the service waits for others (an identity, a database).
   * Opens the gRPC servers. The service is ready when it has returned and all checks are ok.
   */
  start?(app: INestApplicationContext, context: ServiceContext<S>): Promise<void>;
  /** Undoes `start`, after probes say not ready and before the modules close. Also called when `start` failed. */
  stop?(): Promise<void>;
}

/** A service whose modules are built; it may still be starting. */
export interface OpenService<S extends SettingsSpec> {
  readonly app: NestFastifyApplication;
  readonly context: ServiceContext<S>;
  /** Not ready at once, then `stop` and the modules in turn. A second call waits for the first. */
  close(): Promise<void>;
}

export interface RunningService<S extends SettingsSpec> extends OpenService<S> {
  /** Where health and metrics are, such as `http://127.0.0.1:15014`. */
  readonly httpUrl: string;
}

export interface StartOptions<S extends SettingsSpec> {
  /** Default standard output. */
  readonly logDestination?: DestinationStream;
  /** Called before `start`, which may wait long: whoever wants to end the service meanwhile has the means. */
  onOpen?(service: OpenService<S>): void;
}

/** Thrown for `--help`: the text is the answer, not a failure. */
export class HelpRequested extends Error {
  override readonly name = 'HelpRequested';
}

/**
 * Starts a service in this process. Specs call it with their own input; `main.ts` calls runService.
 * @throws HelpRequested for `--help`
 * @throws MallaError `invalid` for bad settings (all of them), `unavailable` for a taken port
 */
export async function startService<S extends SettingsSpec>(
  definition: ServiceDefinition<S>,
  input: SettingsInput,
  options: StartOptions<S> = {},
): Promise<RunningService<S>> {
  const context = createContext(definition, input, options.logDestination);
  const started = context.health.check('start');
  const tracing = await traceService(definition, context);
  const root = serviceRoot(context, await definition.module(context));
  const adapter = new FastifyAdapter();
  traceRequests(adapter);
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    logger: new NestLogger(context.logger),
    abortOnError: false,
  });
  const close = onceOnly(async () => {
    context.health.drain();
    await definition.stop?.();
    await app.close();
    await tracing?.close();
  });
  options.onOpen?.({ app, context, close });
  try {
    await listen(app, definition.name, context.settings as SettingsOf<CommonSettings>);
    await definition.start?.(app, context);
  } catch (error) {
    await close();
    throw error;
  }
  started.ok();
  context.logger.info({ settings: printableSettings(context.settings) }, 'Service started');
  return { app, context, httpUrl: await app.getUrl(), close };
}

/** Spans of all that the service does, if it is told where they go. */
function traceService<S extends SettingsSpec>(
  { name: service, version }: ServiceDefinition<S>,
  { settings, logger }: ServiceContext<S>,
): Promise<Tracing> | undefined {
  const { tracesUrl: url, tracesPercent: percent } = settings as SettingsOf<CommonSettings>;
  return url === undefined ? undefined : openTracing({ service, version, url, percent, logger });
}

/** Makes a function that runs once; later calls get the first one's promise. */
function onceOnly(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= run());
}

function createContext<S extends SettingsSpec>(
  definition: ServiceDefinition<S>,
  input: SettingsInput,
  destination: DestinationStream | undefined,
): ServiceContext<S> {
  const { name, version } = definition;
  const spec = { ...commonSettings(definition.httpPort), ...definition.settings };
  const loaded = loadSettings(spec, input);
  if (loaded.kind === 'help')
    throw new HelpRequested(`${name} ${version}: ${definition.description}\n\n${loaded.text}`);
  if (loaded.kind === 'problems') throw new MallaError('invalid', formatProblems(loaded.problems));
  const settings = loaded.values as SettingsOf<S & CommonSettings>;
  const level = (settings as SettingsOf<CommonSettings>).logLevel;
  const logger = createLogger({ service: name, level, ...(destination === undefined ? {} : { destination }) });
  for (const { name: variable, meant } of likelyTypos(spec, input.env))
    logger.warn({ variable, meant }, 'Variable is not a setting of this program');
  const metrics = createMetrics(name, version);
  const health = new Health();
  watchHealth(metrics, health);
  return { name, settings, logger, metrics, health };
}

@Module({})
class ServiceRoot {}

function serviceRoot<S extends SettingsSpec>(context: ServiceContext<S>, module: DynamicModule | Type): DynamicModule {
  const { logger, metrics, health } = context;
  return { module: ServiceRoot, imports: [ObservabilityModule.forRoot({ logger, metrics, health }), module] };
}

async function listen(app: NestFastifyApplication, name: string, settings: SettingsOf<CommonSettings>): Promise<void> {
  const { httpHost, httpPort } = settings;
  try {
    await app.listen(httpPort, httpHost);
  } catch (error) {
    throw listenFailure({
      what: `the HTTP server of ${name}`,
      host: httpHost,
      port: httpPort,
      setting: 'MALLA_HTTP_PORT',
      cause: error,
    });
  }
}
