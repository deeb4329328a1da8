import { Module, type DynamicModule } from '@nestjs/common';
import { AGENT, AgentController, type AgentFace } from './http/agent.controller.ts';

/** The HTTP face of the agent. */
@Module({})
export class ProxyAgentModule {
  static forRoot(agent: AgentFace): DynamicModule {
    return {
      module: ProxyAgentModule,
      controllers: [AgentController],
      providers: [{ provide: AGENT, useValue: agent }],
    };
  }
}
