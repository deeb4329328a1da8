import { tcpAccessLog } from '../access-log/tcp-access-log.ts';
import { HttpManager } from '../http/manager/http-manager.ts';
import type { TerminalFactories } from '../listener/create-listeners.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { createTcpProxy } from '../tcp/create-tcp-proxy.ts';

/** The last filters of filter chains: HTTP and TCP. */
export function terminalFactories(services: WorkerServices): TerminalFactories {
  return {
    http: (config, { listener, listenerStats }) =>
      new HttpManager(config, services, { bufferLimitBytes: listener.perConnectionBufferLimitBytes, listenerStats }),
    tcpProxy: (config) => createTcpProxy(config, services, tcpAccessLog(config.accessLog, services)),
  };
}
