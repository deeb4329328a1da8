export type { CircuitBreakers, Host, Limit, PickContext } from './host.ts';
