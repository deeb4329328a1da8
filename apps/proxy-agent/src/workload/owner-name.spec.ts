import { describe, expect, it } from 'vitest';
import { ownerName } from './owner-name.ts';

describe('what a workload is an instance of', () => {
  it.each([
    ['a Deployment', 'web-6d4cf56db6-x2x4z', { 'pod-template-hash': '6d4cf56db6' }, 'web'],
    ['a Rollout', 'web-abc-x2x4z', { 'rollouts-pod-template-hash': 'abc' }, 'web'],
    [
      'a StatefulSet',
      'db-0',
      { 'statefulset.kubernetes.io/pod-name': 'db-0', 'controller-revision-hash': 'db-1' },
      'db',
    ],
    ['a DaemonSet', 'node-agent-x2x4z', { 'controller-revision-hash': '5c8' }, 'node-agent'],
    ['a Job', 'import-x2x4z', { 'batch.kubernetes.io/job-name': 'import' }, 'import'],
    ['a CronJob', 'nightly-28371120-x2x4z', { 'job-name': 'nightly-28371120' }, 'nightly'],
    ['what its label says', 'web-1', { 'service.istio.io/workload-name': 'shop' }, 'shop'],
    ['nothing', 'hello-vm-1', { app: 'hello' }, 'hello-vm-1'],
    ['nothing, with a hash that is not in its name', 'web-1', { 'pod-template-hash': 'abc' }, 'web-1'],
  ])('is %s', (_, name, labels, expected) => {
    expect(ownerName(name, labels)).toBe(expected);
  });
});
