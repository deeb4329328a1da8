import type { Any } from '@bufbuild/protobuf/wkt';
import type { FaultIr } from '@malla/ir';
import { HTTPFaultSchema } from '@malla/protos/gen/envoy/extensions/filters/http/fault/v3/fault_pb';
import { duration } from '../wire/duration.ts';
import { pack } from '../wire/typed-config.ts';
import { fraction } from './percent.ts';

/** The fault filter's well-known name, also the key of its per-route configuration. */
export const faultFilterName = 'envoy.filters.http.fault';

/** Per-route configuration of the fault filter. */
export function routeFault({ delay, abort }: FaultIr): Record<string, Any> {
  const fault = pack(HTTPFaultSchema, {
    ...(delay && {
      delay: {
        faultDelaySecifier: { case: 'fixedDelay', value: duration(delay.ms) },
        percentage: fraction(delay.percent),
      },
    }),
    ...(abort && {
      abort: {
        errorType: { case: 'httpStatus', value: abort.httpStatus },
        percentage: fraction(abort.percent),
      },
    }),
  });
  return { [faultFilterName]: fault };
}
