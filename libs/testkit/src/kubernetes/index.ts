// A fake API server, and a real one
export { FakeKubeApi, type FakeRequest, type FakeToken } from './fake-kube-api.ts';
export { FakeKubeStore, FakeRefusal, type FakeChange, type FakeCollection } from './fake-kube-store.ts';
export { TemporaryFolder } from '../temporary-folder.ts';
export { TestCluster } from './test-cluster.ts';
export { KubeApi, type KubeAnswer } from './kube-api.ts';
export { actAsServiceAccount, tokenOf, type ServiceAccountParams, type TokenOptions } from './service-account.ts';
