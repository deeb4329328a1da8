import { fromBinary } from '@bufbuild/protobuf';
import {
  StreamAccessLogsMessage_HTTPAccessLogEntriesSchema,
  StreamAccessLogsMessage_TCPAccessLogEntriesSchema,
} from '@malla/protos/gen/envoy/service/accesslog/v3/als_pb';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../runtime/log-record.ts';
import { writeLogEntry } from './log-entry.ts';
import { ProtoWriter } from './proto-writer.ts';

const end = { address: '10.0.0.1', port: 80 };
const record: LogRecord = {
  type: 'DownstreamEnd',
  startedAt: 1_700_000_000_123.5,
  durationMs: 12.25,
  flags: ['UF', 'UAEX'],
  downstream: {
    remote: end,
    directRemote: end,
    local: { address: '/run/x.sock', port: 0 },
    connectionId: 1,
    requestedServerName: 'a.b',
    tls: {
      version: 'TLSv1.3',
      cipher: '',
      alpn: '',
      sni: 'a.b',
      localUriSans: ['spiffe://x/me'],
      localSubject: 'CN=me',
      peer: {
        uriSans: ['spiffe://x/you'],
        dnsSans: [],
        subject: '',
        issuer: 'CN=ca',
        serialNumber: '',
        sha256: '',
        validFrom: 0,
        validTo: 0,
      },
    },
  },
  upstream: { cluster: 'outbound|80||a', remote: end, attempts: 2, transportFailure: 'x'.repeat(20_000) },
  routeName: 'r',
  responseCodeDetails: 'via_upstream',
  bytesReceived: 0,
  bytesSent: 5_000_000_000,
  http: {
    protocol: 'HTTP/2',
    method: 'POST',
    path: '/ünï',
    authority: 'a',
    scheme: 'https',
    request: { names: ['x-request-id', 'content-type', 'x-a', 'x-a'], values: ['abc', 'application/grpc', '1', '2'] },
    response: { names: ['grpc-status'], values: ['14'] },
    trailers: undefined,
    dynamicMetadata: { malla: { peer: 'web;shop' } },
    status: 503,
    requestHeadersBytes: 300,
    responseHeadersBytes: 0,
  },
  timings: { lastDownstreamRxMs: 0, firstUpstreamTxMs: 1.5 },
};

const headers = { request: ['content-type', 'x-a', 'x-none'], response: ['grpc-status'], trailers: ['grpc-status'] };

describe('writeLogEntry', () => {
  it('writes what the generated code reads', () => {
    const writer = new ProtoWriter();
    writeLogEntry(writer, record, headers);
    writeLogEntry(writer, record, headers);
    const { logEntry } = fromBinary(StreamAccessLogsMessage_HTTPAccessLogEntriesSchema, writer.finish());
    expect(logEntry).toHaveLength(2);
    expect(logEntry[1]).toMatchObject({
      protocolVersion: 3,
      request: {
        requestMethod: 3,
        path: '/ünï',
        requestId: 'abc',
        requestHeadersBytes: 300n,
        requestHeaders: { 'content-type': 'application/grpc', 'x-a': '1,2' },
      },
      response: {
        responseCode: 503,
        responseBodyBytes: 5_000_000_000n,
        responseCodeDetails: 'via_upstream',
        responseHeaders: { 'grpc-status': '14' },
        responseTrailers: {},
      },
      commonProperties: {
        accessLogType: 6,
        metadata: { filterMetadata: { malla: { peer: 'web;shop' } } },
        upstreamCluster: 'outbound|80||a',
        upstreamRequestAttemptCount: 2,
        startTime: { seconds: 1_700_000_000n, nanos: 123_500_000 },
        duration: { seconds: 0n, nanos: 12_250_000 },
        timeToLastRxByte: { seconds: 0n, nanos: 0 },
        responseFlags: { upstreamConnectionFailure: true, unauthorizedDetails: { reason: 1 }, upstreamOverflow: false },
        downstreamRemoteAddress: { address: { value: { address: '10.0.0.1' } } },
        downstreamLocalAddress: { address: { case: 'pipe', value: { path: '/run/x.sock' } } },
        tlsProperties: { tlsVersion: 4, peerCertificateProperties: { issuer: 'CN=ca' } },
      },
    });
    expect(logEntry[1]?.commonProperties?.upstreamTransportFailureReason).toHaveLength(20_000);
  });

  it('writes TCP connections', () => {
    const { http: _, ...tcp } = record;
    const writer = new ProtoWriter();
    writeLogEntry(writer, { ...tcp, type: 'TcpConnectionEnd' }, headers);
    const { logEntry } = fromBinary(StreamAccessLogsMessage_TCPAccessLogEntriesSchema, writer.finish());
    expect(logEntry).toMatchObject([
      {
        connectionProperties: { receivedBytes: 0n, sentBytes: 5_000_000_000n },
        commonProperties: { accessLogType: 3 },
      },
    ]);
  });
});
