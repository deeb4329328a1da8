import { compileHeaderMatch, type HeaderLookup } from '@malla/authz';
import { happens } from '@malla/matcher';
import type { FaultFilterConfig } from '@malla/proxy-config';
import type { Counter, Gauge } from '../../runtime/instruments.ts';
import type { Deadline, DeadlineOwner } from '../stream/deadlines.ts';
import type { Stream } from '../stream/stream.ts';
import type { FilterServices } from './filter-services.ts';
import type { Suspension } from '../stream/suspension.ts';
import type { HttpFilter } from './http-filter.ts';

interface CompiledFault {
  readonly config: FaultFilterConfig;
  readonly conditions: readonly ((headers: HeaderLookup) => boolean)[];
}

const compiled = new WeakMap<FaultFilterConfig, CompiledFault>();

function compile(config: FaultFilterConfig): CompiledFault {
  const known = compiled.get(config);
  if (known !== undefined) return known;
  const made = { config, conditions: config.headers.map(compileHeaderMatch) };
  compiled.set(config, made);
  return made;
}

/** Delays requests and answers them with errors. Source: Envoy's source/extensions/filters/http/fault/fault_filter.cc. */
export class FaultFilter implements HttpFilter {
  readonly name: string;
  readonly #own: CompiledFault | undefined;
  readonly #random: () => number;
  readonly #delays: Counter;
  readonly #aborts: Counter;
  readonly #active: Gauge;
  readonly #overflows: Counter;
  #running = 0;

  /** @param own undefined: only routes have faults */
  constructor(name: string, own: FaultFilterConfig | undefined, { services, scope }: FilterServices) {
    this.name = name;
    this.#own = own === undefined || (own.delay === undefined && own.abort === undefined) ? undefined : compile(own);
    this.#random = services.random;
    this.#delays = scope.counter('fault.delays_injected');
    this.#aborts = scope.counter('fault.aborts_injected');
    this.#active = scope.gauge('fault.active_faults');
    this.#overflows = scope.counter('fault.faults_overflow');
  }

  onRequest(stream: Stream): boolean {
    const ofRoute = stream.filterConfig(this.name);
    if (ofRoute === undefined && this.#own === undefined) return true;
    if (ofRoute?.kind === 'disabled') return true;
    const fault = ofRoute?.kind === 'fault' ? compile(ofRoute.config) : this.#own;
    if (fault === undefined) return true;
    const { conditions } = fault;
    for (let i = 0; i < conditions.length; i++) if (conditions[i]?.(stream) !== true) return true;
    const { delay, abort, maxActiveFaults } = fault.config;
    const delayed = delay !== undefined && happens(delay.percent, this.#random());
    const aborted = abort !== undefined && happens(abort.percent, this.#random());
    if (!delayed && !aborted) return true;
    if (maxActiveFaults !== undefined && this.#running >= maxActiveFaults) {
      this.#overflows.inc();
      return true;
    }
    if (!delayed) {
      this.#abort(stream, abort as NonNullable<typeof abort>);
      return false;
    }
    this.#delays.inc();
    stream.addFlag('DI');
    new Delay(stream, delay.ms, {
      begin: () => this.#count(1),
      end: () => this.#count(-1),
      then: () => {
        if (aborted) this.#abort(stream, abort);
        else stream.resume();
      },
    });
    return false;
  }

  #abort(stream: Stream, abort: NonNullable<FaultFilterConfig['abort']>): void {
    this.#aborts.inc();
    stream.addFlag('FI');
    stream.reply({
      status: 'grpcStatus' in abort ? 200 : abort.httpStatus,
      ...('grpcStatus' in abort && { grpcStatus: abort.grpcStatus }),
      body: 'fault filter abort',
      details: 'fault_filter_abort',
    });
  }

  #count(change: 1 | -1): void {
    this.#running += change;
    if (change > 0) this.#active.inc();
    else this.#active.dec();
  }
}

interface DelaySteps {
  readonly begin: () => void;
  readonly end: () => void;
  readonly then: () => void;
}

class Delay implements Suspension, DeadlineOwner {
  readonly #stream: Stream;
  readonly #steps: DelaySteps;
  #deadline: Deadline | undefined;

  constructor(stream: Stream, ms: number, steps: DelaySteps) {
    const { deadlines, services } = stream.manager;
    this.#stream = stream;
    this.#steps = steps;
    steps.begin();
    this.#deadline = deadlines.take(this, 1, ms, services.timers.now());
    stream.suspend(this);
  }

  onDeadline(): void {
    if (!this.#end()) return;
    this.#steps.then();
  }

  cancel(): void {
    this.#end();
  }

  #end(): boolean {
    if (this.#deadline === undefined) return false;
    this.#stream.manager.deadlines.give(this.#deadline);
    this.#deadline = undefined;
    this.#steps.end();
    return true;
  }
}
