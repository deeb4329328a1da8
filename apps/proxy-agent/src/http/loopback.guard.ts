import { ForbiddenException, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';

/** Lets in only callers on this host, and no web page: what is behind it steers the workload or tells of it. */
@Injectable()
export class LoopbackGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    if (!isLoopback(request.socket.remoteAddress)) throw new ForbiddenException('only from this host');
    // A page that has its own name point here sends no Origin for a GET, but its name.
    if (request.headers.origin !== undefined || !isLocalName(request.headers.host))
      throw new ForbiddenException('not from a web page');
    return true;
  }
}

function isLoopback(address: string | undefined): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address ?? '');
}

function isLocalName(host: string | undefined): boolean {
  const name = (host ?? '').replace(/:\d+$/, '');
  return name === 'localhost' || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name);
}

/** The part of a Fastify request that decides. */
interface HttpRequest {
  readonly socket: { readonly remoteAddress?: string };
  readonly headers: Readonly<Record<string, string | undefined>>;
}
