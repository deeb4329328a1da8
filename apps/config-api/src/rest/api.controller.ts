import { All, Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { MallaApi } from '../extras/malla-api.ts';
import { ReviewApi } from '../reviews/review-api.ts';
import { aggregatedDocument, aggregatedType, aggregatedVersion } from './aggregated-discovery.ts';
import { answer, type ApiResponse } from './api-request.ts';
import { httpError } from './api-status.ts';
import { coreVersions, groupDocument, groupList, resourceList, versionDocument } from './discovery-documents.ts';
import type { HttpReply, HttpRequest } from './http.ts';
import type { OpenApiDocuments } from './openapi-documents.ts';
import type { ResourceApi } from './resource-api.ts';
import type { RestHandler } from './rest-handler.ts';

/** What the routes lead to. */
export interface RestParts {
  readonly handler: RestHandler;
  readonly resources: ResourceApi;
  readonly malla: MallaApi;
  readonly reviews: ReviewApi;
  readonly openApi: OpenApiDocuments;
  /** Malla's version. */
  readonly version: string;
}

export const REST_PARTS = Symbol('REST_PARTS');

/** Discovery: which groups, versions and kinds there are. */
@Controller()
export class DiscoveryController {
  constructor(@Inject(REST_PARTS) private readonly parts: RestParts) {}

  @Get('api')
  core(@Req() http: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    return this.parts.handler.handle(http, reply, async ({ accept }) =>
      discovered('api', accept, () => coreVersions(http.host)),
    );
  }

  @Get('apis')
  groups(@Req() http: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    return this.parts.handler.handle(http, reply, async ({ accept }) => discovered('apis', accept, groupList));
  }

  @Get('version')
  version(@Res() reply: HttpReply): void {
    void reply.type('application/json').send(JSON.stringify(versionDocument(this.parts.version)));
  }

  /** For load balancers; what is wrong is told on the plain port of health and metrics. */
  @Get(['healthz', 'livez', 'readyz'])
  alive(@Res() reply: HttpReply): void {
    void reply.type('text/plain').send('ok');
  }
}

/** Everything at once for clients who ask for that, else the plain document. */
function discovered(root: 'api' | 'apis', accept: string | undefined, plain: () => object): ApiResponse {
  const version = aggregatedVersion(accept);
  if (version === undefined) return answer(plain());
  const data = Buffer.from(JSON.stringify(aggregatedDocument(root, version)));
  return { status: 200, bytes: { type: aggregatedType(version), data } };
}

/** OpenAPI, v2 and v3. */
@Controller('openapi')
export class OpenApiController {
  constructor(@Inject(REST_PARTS) private readonly parts: RestParts) {}

  @Get('v2')
  v2(@Req() http: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    return this.parts.handler.handle(http, reply, async ({ accept = '' }) =>
      accept.startsWith('application/com.github.proto-openapi')
        ? {
            status: 200,
            bytes: {
              type: 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
              data: this.parts.openApi.emptySwaggerProtobuf(),
            },
          }
        : answer(this.parts.openApi.swagger()),
    );
  }

  @Get('v3')
  v3(@Req() http: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    return this.parts.handler.handle(http, reply, async () => answer(this.parts.openApi.root()));
  }

  @Get('v3/*')
  document(@Req() http: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    return this.parts.handler.handle(http, reply, async ({ path }) =>
      answer(this.parts.openApi.document(path.replace('/openapi/v3/', ''))),
    );
  }
}

/** Every kind of the registry, and Malla's own endpoints. */
@Controller()
export class ResourcesController {
  constructor(@Inject(REST_PARTS) private readonly parts: RestParts) {}

  @All('apis/malla.io/v1/*')
  malla(@Req() http: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    return this.parts.handler.handle(http, reply, (request) => this.parts.malla.handle(request));
  }

  @All(['api/*', 'apis/*'])
  resources(@Req() http: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    return this.parts.handler.handle(http, reply, async (request) => {
      if (ReviewApi.serves(request.path)) return this.parts.reviews.handle(request);
      const [root, group = '', version, more] = request.path.split('/').filter((part) => part !== '');
      if (request.method !== 'GET' || more !== undefined) return this.parts.resources.handle(request);
      if (root === 'api')
        return version === undefined ? answer(resourceList('', group)) : this.parts.resources.handle(request);
      return answer(version === undefined ? groupDocument(group) : resourceList(group, version));
    });
  }

  @All('*')
  unknown(@Req() http: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    return this.parts.handler.handle(http, reply, async ({ path }) => {
      throw httpError('not_found', `the server could not find ${path}`, {});
    });
  }
}
