export type { CircuitBreakers, Host, Limit, PickContext } from './host.ts';
export { xxHash64 } from './hash/xx-hash.ts';
