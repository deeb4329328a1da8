import type { FaultFilterConfig } from '@malla/proxy-config';
import type { FaultDelay } from '@malla/protos/gen/envoy/extensions/filters/common/fault/v3/fault_pb';
import type { FaultAbort, HTTPFault } from '@malla/protos/gen/envoy/extensions/filters/http/fault/v3/fault_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readHeaderMatch } from '../wire/header-match.ts';
import { readFraction } from '../wire/percent.ts';

/** Delays and aborts, of the filter or of a route. */
export function readFault(reader: FieldReader<HTTPFault>): FaultFilterConfig {
  // Runtime keys could override what is said here; there is no runtime.
  reader.ignore(
    'delayPercentRuntime',
    'abortPercentRuntime',
    'delayDurationRuntime',
    'abortHttpStatusRuntime',
    'maxActiveFaultsRuntime',
    'responseRateLimitPercentRuntime',
    'abortGrpcStatusRuntime',
  );
  // Statistics per downstream cluster are not kept.
  reader.ignore('disableDownstreamClusterStats');
  const delay = readDelay(reader.message('delay'));
  const abort = readAbort(reader.message('abort'));
  const maxActiveFaults = reader.take('maxActiveFaults');
  return {
    ...(delay && { delay }),
    ...(abort && { abort }),
    headers: reader.messages('headers').map(readHeaderMatch),
    ...(maxActiveFaults !== undefined && { maxActiveFaults }),
  };
}

function readDelay(reader: FieldReader<FaultDelay> | undefined): FaultFilterConfig['delay'] {
  const ms = reader?.oneof<'faultDelaySecifier', number>('faultDelaySecifier', {
    fixedDelay: (duration, path) =>
      duration.millisecondsOf({ seconds: duration.take('seconds'), nanos: duration.take('nanos') }, path),
  });
  const percent = readFraction(reader?.message('percentage')) ?? 0;
  return ms === undefined ? undefined : { ms, percent };
}

function readAbort(reader: FieldReader<FaultAbort> | undefined): FaultFilterConfig['abort'] {
  const percent = readFraction(reader?.message('percentage')) ?? 0;
  return reader?.oneof<'errorType', NonNullable<FaultFilterConfig['abort']>>('errorType', {
    httpStatus: (httpStatus) => ({ httpStatus, percent }),
    grpcStatus: (grpcStatus) => ({ grpcStatus, percent }),
  });
}
