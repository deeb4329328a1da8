import type { Registration } from './registration.ts';

/** What the agent does about its workload's place in the mesh. */
export type WorkloadRegistration = Pick<Registration, 'registered' | 'start' | 'stop' | 'setHealthy'>;

/** Of a workload that discovery knows from elsewhere: a pod's readiness is asked for by the kubelet, and told by the cluster. */
export const unregistered: WorkloadRegistration = {
  registered: false,
  start: () => undefined,
  stop: () => Promise.resolve(),
  setHealthy: () => undefined,
};
