// What a call asks for
export { readDescriptor, type LimitDescriptor } from './descriptor.ts';
// What is allowed
export { LimitTable, unitMs, type Limit, type LimitUnit } from './limit-table.ts';
// What need not be asked
export { DenyCache, type DenyCacheParams } from './deny-cache.ts';
export { Circuit, type CircuitParams, type CircuitState } from './circuit.ts';
