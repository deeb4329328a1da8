import { GrpcServer, insecureServer } from '@malla/grpc';
import { createLogger } from '@malla/observability';
import { HeaderValueOption_HeaderAppendAction as AppendAction } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import { Authorization, type CheckRequest } from '@malla/protos/gen/envoy/service/auth/v3/external_auth_pb';
import { Behaviour, type BehaviourSettings } from './behaviour.ts';
import type { SeenRequest } from './echo-server.ts';

/**
 * An authorizer by gRPC without TLS. It allows while it would answer 200 as an application, with its headers for the request; else the request
 * is refused with its status and headers.
 */
export class GrpcAuthorizer implements AsyncDisposable {
  readonly #version: string;
  readonly #server = new GrpcServer({
    name: 'the test authorizer',
    logger: createLogger({ service: 'testkit', level: 'silent' }),
  }).add(Authorization, { check: (request) => this.#check(request) });
  #behaviour = new Behaviour();
  /** Requests that it was asked about since the last {@link GrpcAuthorizer.behave}. */
  seen: SeenRequest[] = [];
  port = 0;

  /** @param version its label, as that of an application */
  constructor(version: string) {
    this.#version = version;
  }

  /** Resolves when it listens. */
  async start(): Promise<this> {
    this.port = await this.#server.listen({
      host: '127.0.0.1',
      port: 0,
      credentials: insecureServer,
      setting: 'none',
    });
    return this;
  }

  /** Begins a new behaviour, and forgets what was seen. */
  behave(behaviour: BehaviourSettings | Behaviour = {}): void {
    this.#behaviour = behaviour instanceof Behaviour ? behaviour : new Behaviour(behaviour);
    this.seen = [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close(100);
  }

  async #check({ attributes }: CheckRequest) {
    const { method = '', path = '', host = '', headers = {} } = attributes?.request?.http ?? {};
    this.seen.push({ version: this.#version, method, path, host, headers, connection: 0, protocol: '2.0' });
    const { status, headers: written, delayMs } = this.#behaviour.next();
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    const options = Object.entries(written).map(([key, value]) => ({
      header: { key, value },
      appendAction: AppendAction.OVERWRITE_IF_EXISTS_OR_ADD,
    }));
    if (status === 200)
      return { status: { code: 0 }, httpResponse: { case: 'okResponse' as const, value: { headers: options } } };
    const denied = { status: { code: Number(status) }, headers: options };
    return { status: { code: 7 }, httpResponse: { case: 'deniedResponse' as const, value: denied } };
  }
}
