import { Controller, Get, Req, Res } from '@nestjs/common';
import { statusOfError, httpError } from '../rest/api-status.ts';
import type { HttpReply, HttpRequest } from '../rest/http.ts';
import { ApiDocs, docsHeaders } from './api-docs.ts';

/** `/docs`: the API for people. The page is public; what it shows needs a token. */
@Controller('docs')
export class DocsController {
  readonly #docs = new ApiDocs();

  @Get(['', '*'])
  page(@Req() http: HttpRequest, @Res() reply: HttpReply): void {
    const path = http.url.split('?')[0] ?? '';
    const file = this.#docs.file(path.replace(/^\/docs\/?/, ''));
    for (const [name, value] of Object.entries(docsHeaders)) reply.header(name, value);
    if (file !== undefined) return void reply.type(file.type).send(file.data);
    const status = statusOfError(httpError('not_found', `there is no ${path}`, {}));
    return void reply.code(status.code).type('application/json').send(JSON.stringify(status));
  }
}
