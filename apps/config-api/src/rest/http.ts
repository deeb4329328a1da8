import type { IncomingMessage, ServerResponse } from 'node:http';

/** What the API needs of an HTTP request; Fastify's fits. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly query: unknown;
  readonly body: unknown;
  /** Address of the caller. */
  readonly ip: string;
  /** Host and port as the caller named them. */
  readonly host: string;
  readonly raw: IncomingMessage;
}

/** What the API needs of an HTTP response; Fastify's fits. */
export interface HttpReply {
  readonly raw: ServerResponse;
  code(status: number): this;
  header(name: string, value: string | readonly string[]): this;
  getHeaders(): Readonly<Record<string, number | string | string[] | undefined>>;
  type(contentType: string): this;
  send(body: string | Uint8Array): this;
  /** Gives the raw response to the caller: nothing else writes to it from now on. */
  hijack(): void;
}
