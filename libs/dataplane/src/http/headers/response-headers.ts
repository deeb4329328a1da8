import { HeaderList, type ResponseHead } from '@malla/http-codec';
import type { HttpManagerConfig } from '@malla/proxy-config';
import type { Timers } from '../../runtime/services.ts';
import type { Stream } from '../stream/stream.ts';
import { appendVia } from './request-headers.ts';

type Config = Pick<HttpManagerConfig, 'serverHeader' | 'serverName' | 'via' | 'alwaysSetRequestIdInResponse'>;

/** The fields that the connection manager puts on every response: date, server, via, x-request-id. */
export class ResponseHeaders {
  readonly #config: Config;
  readonly #timers: Timers;
  #second = 0;
  #date = '';

  constructor(config: Config, timers: Timers) {
    this.#config = config;
    this.#timers = timers;
  }

  apply(head: ResponseHead, stream: Stream): void {
    const { serverHeader, serverName, via, alwaysSetRequestIdInResponse } = this.#config;
    const { headers } = head;
    if (!headers.has('date')) headers.append('date', this.#now());
    if (serverHeader === 'overwrite') headers.set('server', serverName);
    else if (serverHeader === 'append-if-absent' && !headers.has('server')) headers.append('server', serverName);
    if (alwaysSetRequestIdInResponse) {
      const id = stream.head.headers.first('x-request-id');
      if (id !== undefined) headers.set('x-request-id', id);
    }
    if (via !== '') appendVia(headers, via);
  }

  /** Fields of answers that a codec gives by itself. */
  ofErrors(): HeaderList {
    const { serverHeader, serverName, via } = this.#config;
    const headers = new HeaderList(['date'], [this.#now()]);
    if (serverHeader !== 'pass-through') headers.append('server', serverName);
    if (via !== '') headers.append('via', via);
    return headers;
  }

  /** The date by the second, as RFC 9110 has it. */
  #now(): string {
    const second = Math.trunc(this.#timers.wallClock() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#date = new Date(second * 1000).toUTCString();
    }
    return this.#date;
  }
}
