import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import {
  Catch,
  HttpException,
  Module,
  type ArgumentsHost,
  type DynamicModule,
  type ExceptionFilter,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { MallaError } from '@malla/model';
import { listenFailure, NestLogger, traceRequests } from '@malla/observability';
import type { Logger } from 'pino';
import {
  DiscoveryController,
  OpenApiController,
  ResourcesController,
  REST_PARTS,
  type RestParts,
} from './api.controller.ts';
import { DocsController } from '../docs/docs.controller.ts';
import { badRequest, statusOfError } from './api-status.ts';
import type { HttpReply } from './http.ts';
import { isTrue, type Query } from './list-options.ts';

/** Objects are at most 1 MiB; YAML and patches may be somewhat larger. */
const bodyLimit = 3 * 1_024 * 1_024;

/** PEM, as it is at this moment; the source tells when it changes. */
export interface TlsMaterial {
  readonly certificateChain: string;
  readonly privateKey: string;
}

export interface TlsSource {
  readonly current: TlsMaterial | undefined;
  onChange(listener: (material: TlsMaterial) => void): () => void;
}

export interface RestServerParams {
  readonly parts: RestParts;
  readonly tls: TlsSource;
  readonly host: string;
  readonly port: number;
  readonly logger: Logger;
}

/** The HTTPS server of the REST API. New connections get the newest certificate; open ones stay. */
export class RestServer {
  readonly port: number;
  readonly #app: NestFastifyApplication;
  readonly #unfollow: () => void;

  private constructor(app: NestFastifyApplication, unfollow: () => void) {
    this.#app = app;
    this.#unfollow = unfollow;
    this.port = (app.getHttpServer().address() as AddressInfo).port;
  }

  static async start(params: RestServerParams): Promise<RestServer> {
    const { parts, tls, host, port, logger } = params;
    const material = tls.current;
    if (material === undefined)
      throw new MallaError('internal', 'the REST server needs a certificate before it can start');
    const adapter = new FastifyAdapter({
      https: { ...secureContext(material), minVersion: 'TLSv1.2' },
      bodyLimit,
      forceCloseConnections: true,
      // Time to send a whole request: a client that drips bytes does not hold a connection for ever.
      requestTimeout: 30_000,
      routerOptions: { maxParamLength: 2_000, ignoreDuplicateSlashes: true },
      frameworkErrors: refuseUrl,
    } as never);
    const app = await NestFactory.create<NestFastifyApplication>(RestModule.for(parts), adapter, {
      logger: new NestLogger(logger),
      abortOnError: false,
      bodyParser: false,
    });
    app.useGlobalFilters(new StatusFilter());
    prepareFastify(adapter);
    try {
      await app.listen(port, host);
    } catch (error) {
      await app.close();
      throw listenFailure({
        what: 'the REST server of config-api',
        host,
        port,
        setting: 'MALLA_REST_PORT',
        cause: error,
      });
    }
    const server = app.getHttpServer() as unknown as Server;
    return new RestServer(
      app,
      tls.onChange((changed) => server.setSecureContext(secureContext(changed))),
    );
  }

  async close(): Promise<void> {
    this.#unfollow();
    await this.#app.close();
  }
}

@Module({})
class RestModule {
  static for(parts: RestParts): DynamicModule {
    return {
      module: RestModule,
      controllers: [DiscoveryController, OpenApiController, DocsController, ResourcesController],
      providers: [{ provide: REST_PARTS, useValue: parts }],
    };
  }
}

/** Bodies reach the API as bytes: what they mean depends on kind and media type. */
function prepareFastify(adapter: FastifyAdapter): void {
  const fastify = adapter.getInstance();
  traceRequests(adapter, isWatch);
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
}

/** By its query, or by its path in the deprecated form. */
function isWatch({ query, url }: { readonly query: unknown; readonly url: string }): boolean {
  return isTrue(query as Query, 'watch') || /^\/(api|apis\/[^/]+)\/[^/]+\/watch\//.test(url);
}

/** What the router cannot read, such as a percent sign that escapes nothing. */
function refuseUrl(_error: unknown, _request: unknown, reply: HttpReply): void {
  const status = statusOfError(badRequest('the URL is not well-formed'));
  reply.code(status.code).type('application/json').send(JSON.stringify(status));
}

/** Failures before a handler is reached, such as a body that is too large, answered as a Status too. */
@Catch()
class StatusFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const status = statusOfError(beforeHandler(thrown));
    void host
      .switchToHttp()
      .getResponse<HttpReply>()
      .code(status.code)
      .type('application/json')
      .send(JSON.stringify(status));
  }
}

function beforeHandler(thrown: unknown): MallaError {
  const { statusCode } = thrown as { statusCode?: number };
  const code = statusCode ?? (thrown instanceof HttpException ? thrown.getStatus() : 500);
  if (code === 413)
    return new MallaError('invalid', `the body is larger than ${bodyLimit} bytes`, {
      details: { httpStatus: 413, reason: 'RequestEntityTooLarge' },
    });
  return code < 500 ? new MallaError('invalid', (thrown as Error).message) : MallaError.from(thrown);
}

function secureContext({ certificateChain, privateKey }: TlsMaterial): { cert: string; key: string } {
  return { cert: certificateChain, key: privateKey };
}
