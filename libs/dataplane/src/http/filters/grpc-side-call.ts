import { HeaderList, type RequestHead } from '@malla/http-codec';
import type { GrpcServiceConfig } from '@malla/proxy-config';
import { GrpcFrameReader, grpcFrame } from '../../grpc/frames.ts';
import { SideCall, type SideAnswer, type SideCallParams } from './side-call.ts';

interface Params extends Pick<SideCallParams, 'services' | 'deadlines' | 'timeoutMs'> {
  readonly service: GrpcServiceConfig;
  /** `/package.Service/Method` */
  readonly path: string;
  readonly message: Uint8Array;
  /** The answer's message; undefined when the call failed. */
  readonly done: (message: Uint8Array | undefined) => void;
}

const maxMessageBytes = 1024 * 1024;

/** One gRPC call to a service that a filter asks. */
export function grpcSideCall({ service, path, message, timeoutMs, services, deadlines, done }: Params): SideCall {
  const headers = new HeaderList(['te', 'content-type'], ['trailers', 'application/grpc']);
  if (timeoutMs > 0) headers.append('grpc-timeout', `${timeoutMs}m`);
  for (const [name, value] of service.initialMetadata) headers.append(name.toLowerCase(), value);
  const head: RequestHead = {
    method: 'POST',
    path,
    authority: service.authority ?? service.cluster,
    scheme: 'http',
    headers,
    version: '2',
    expectsContinue: false,
  };
  return new SideCall({
    cluster: service.cluster,
    head,
    body: grpcFrame(message),
    timeoutMs,
    services,
    deadlines,
    done: (answer) => done(answer && messageOf(answer)),
  });
}

function messageOf({ head, body, trailers }: SideAnswer): Uint8Array | undefined {
  const status = trailers?.first('grpc-status') ?? head.headers.first('grpc-status');
  if (head.status !== 200 || status !== '0') return undefined;
  let found: Uint8Array | undefined;
  const reader = new GrpcFrameReader(maxMessageBytes, (message) => (found ??= message));
  return reader.push(body) === undefined && reader.complete ? found : undefined;
}
