import { FractionalPercent_DenominatorType } from '@malla/protos/gen/envoy/type/v3/percent_pb';

/** 0 to 100 percent as Envoy's fraction of a million, which keeps four decimals. */
export function fraction(percent: number) {
  return { numerator: Math.round(percent * 10_000), denominator: FractionalPercent_DenominatorType.MILLION };
}
