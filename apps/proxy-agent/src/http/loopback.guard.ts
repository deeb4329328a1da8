import { ForbiddenException, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';

/** Lets in only callers on this host, and no web page: what is behind it steers the workload or tells of it. */
@Injectable()
export class LoopbackGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    if (!isLoopback(request.socket.remoteAddress)) throw new ForbiddenException('only from this host');
    if (request.headers.origin !== undefined) throw new ForbiddenException('not from a web page');
    return true;
  }
}

function isLoopback(address: string | undefined): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address ?? '');
}

/** The part of a Fastify request that decides. */
interface HttpRequest {
  readonly socket: { readonly remoteAddress?: string };
  readonly headers: Readonly<Record<string, string | undefined>>;
}
