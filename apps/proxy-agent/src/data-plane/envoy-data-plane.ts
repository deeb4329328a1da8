import {
  EnvoyAdminClient,
  EnvoySupervisor,
  LogFile,
  systemTimers,
  type AdminAddress,
  type LocalEnvoyHost,
  type SupervisorOptions,
  type SupervisorState,
} from '@malla/envoy';
import type { Logger } from 'pino';
import type { DataPlane, DataPlaneEvent } from './data-plane.ts';

export interface EnvoyDataPlaneParams {
  readonly host: LocalEnvoyHost;
  readonly admin: AdminAddress;
  readonly options: SupervisorOptions;
  readonly logger: Logger;
}

/** Envoy, or the built-in data plane, which takes its place; supervised. */
export class EnvoyDataPlane implements DataPlane {
  readonly #admin: EnvoyAdminClient;
  readonly #log: LogFile;
  readonly #supervisor: EnvoySupervisor;
  #following: Promise<void> | undefined;

  constructor(params: EnvoyDataPlaneParams) {
    const { host, logger, options } = params;
    this.#admin = new EnvoyAdminClient(params.admin);
    this.#log = new LogFile({
      path: host.logPath,
      logger,
      timers: systemTimers,
      output: process.stdout,
    });
    this.#supervisor = new EnvoySupervisor({
      host,
      admin: this.#admin,
      timers: systemTimers,
      random: Math.random,
      logger,
      options,
      lastErrors: () => this.#log.takeErrors(),
    });
  }

  get ready(): boolean {
    return this.#supervisor.state.name === 'ready';
  }

  async start(): Promise<void> {
    this.#following = this.#log.follow();
    await this.#supervisor.start();
  }

  drain(): Promise<void> {
    return this.#supervisor.stop();
  }

  async stop(): Promise<void> {
    await this.#supervisor.stop();
    this.#log.stop();
    await this.#following;
  }

  async metrics(): Promise<string | undefined> {
    const { name } = this.#supervisor.state;
    return name === 'stopped' || name === 'crashed' ? undefined : this.#admin.prometheus();
  }

  onEvent(listener: (event: DataPlaneEvent) => void): () => void {
    return this.#supervisor.onStateChange((state) => listener(eventOf(state)));
  }
}

function eventOf(state: SupervisorState): DataPlaneEvent {
  switch (state.name) {
    case 'ready':
      return { kind: 'ready' };
    case 'starting':
      return { kind: 'not-ready', reason: 'the proxy is starting: it waits for its configuration' };
    case 'draining':
      return { kind: 'not-ready', reason: 'the proxy is draining' };
    case 'stopped':
      return { kind: 'not-ready', reason: 'the proxy is stopped' };
    case 'crashed':
      return {
        kind: 'not-ready',
        reason: `the proxy ended unexpectedly (${state.exit.error ?? state.exit.signal ?? state.exit.code ?? 'unknown'})`,
      };
  }
}
