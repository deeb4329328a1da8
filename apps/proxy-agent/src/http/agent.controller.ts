import { Controller, Get, Header, HttpCode, Inject, Post, UseGuards } from '@nestjs/common';
import { LoopbackGuard } from './loopback.guard.ts';

/** Injection token of the agent's face to HTTP. */
export const AGENT = Symbol('AGENT');

/** What the HTTP pages need of the agent. */
export interface AgentFace {
  metricsText(): Promise<string>;
  describe(): Record<string, unknown>;
  drain(): Promise<void>;
  /** Ends the process gracefully, as SIGTERM does. */
  quit(): void;
}

/** The agent's pages besides health and its own metrics; Istio's paths where Istio has one. */
@Controller()
export class AgentController {
  readonly #agent: AgentFace;

  constructor(@Inject(AGENT) agent: AgentFace) {
    this.#agent = agent;
  }

  /** Data plane, agent and application on one page; what Prometheus scrapes. */
  @Get('stats/prometheus')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  stats(): Promise<string> {
    return this.#agent.metricsText();
  }

  /** Subscriptions and versions. */
  @Get('config')
  @UseGuards(LoopbackGuard)
  config(): Record<string, unknown> {
    return this.#agent.describe();
  }

  /** Leaves rotation and finishes requests in flight; returns when that is done. */
  @Post('drain')
  @HttpCode(200)
  @UseGuards(LoopbackGuard)
  async drain(): Promise<string> {
    await this.#agent.drain();
    return 'OK\n';
  }

  @Post('quitquitquit')
  @HttpCode(200)
  @UseGuards(LoopbackGuard)
  quit(): string {
    this.#agent.quit();
    return 'OK\n';
  }
}
