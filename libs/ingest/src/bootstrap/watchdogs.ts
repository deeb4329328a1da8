import type { BootstrapConfig } from '@malla/proxy-config';
import type { Watchdog, Watchdogs } from '@malla/protos/gen/envoy/config/bootstrap/v3/bootstrap_pb';
import type { FieldReader } from '../wire/field-reader.ts';

/** Envoy's defaults, in milliseconds. Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/config/bootstrap/v3/bootstrap.proto#config-bootstrap-v3-watchdog */
const missMs = 200;
const megaMissMs = 1_000;

/** How long event loops may be busy before it is counted, and before a worker is replaced. */
export function readWatchdogs(reader: FieldReader<Watchdogs> | undefined): BootstrapConfig['watchdogs'] {
  const mainThread = reader?.message('mainThreadWatchdog');
  const read = { mainThread: readTimes(mainThread), workers: readTimes(reader?.message('workerWatchdog')) };
  if (read.mainThread.killMs > 0) mainThread?.refuse('killTimeout', 'nobody could end the main thread');
  return read;
}

function readTimes(reader: FieldReader<Watchdog> | undefined): BootstrapConfig['watchdogs']['workers'] {
  const times = {
    missMs: reader?.duration('missTimeout') ?? missMs,
    megaMissMs: reader?.duration('megamissTimeout') ?? megaMissMs,
    killMs: reader?.duration('killTimeout') ?? 0,
  };
  if (times.missMs === 0) reader?.refuse('missTimeout', 'must be above 0');
  if (times.megaMissMs === 0) reader?.refuse('megamissTimeout', 'must be above 0');
  return times;
}
