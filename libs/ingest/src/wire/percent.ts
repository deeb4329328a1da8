import type { RuntimeFractionalPercent } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import {
  FractionalPercent_DenominatorType as Denominator,
  type FractionalPercent,
  type Percent,
} from '@malla/protos/gen/envoy/type/v3/percent_pb';
import type { FieldReader } from './field-reader.ts';

/** 0 to 100; undefined when absent. */
export function readPercent(reader: FieldReader<Percent> | undefined): number | undefined {
  return reader?.take('value');
}

const perPercent: Readonly<Record<number, number>> = {
  [Denominator.HUNDRED]: 1,
  [Denominator.TEN_THOUSAND]: 100,
  [Denominator.MILLION]: 10_000,
};

/** A fraction in percent, at most 100 as Envoy rolls its dice; undefined when absent. */
export function readFraction(reader: FieldReader<FractionalPercent> | undefined): number | undefined {
  if (!reader) return undefined;
  const per = reader.choice('denominator', perPercent) ?? 1;
  return Math.min(100, reader.take('numerator') / per);
}

/** A fraction that Envoy's runtime could override. This proxy has no runtime to change, so its key is nothing but a name. */
export function readRuntimeFraction(reader: FieldReader<RuntimeFractionalPercent> | undefined): number | undefined {
  reader?.ignore('runtimeKey');
  return reader && (readFraction(reader.message('defaultValue')) ?? 0);
}
