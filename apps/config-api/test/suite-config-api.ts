import { afterAll, beforeAll } from 'vitest';
import { RunningConfigApi, TestMesh, type RestClient } from './running-config-api.ts';

/** A config-api with a mesh of its own for all tests of the suite in which this is called, which begins and ends with them. */
export function suiteConfigApi(): { readonly api: RunningConfigApi; readonly rest: RestClient } {
  let mesh: TestMesh | undefined;
  let api: RunningConfigApi | undefined;
  beforeAll(async () => {
    mesh = await TestMesh.create();
    api = await RunningConfigApi.start(mesh);
  });
  afterAll(async () => {
    await api?.close();
    await mesh?.remove();
  });
  const running = (): RunningConfigApi => {
    if (api === undefined) throw new Error('the config-api of a suite runs in its tests only');
    return api;
  };
  return {
    get api() {
      return running();
    },
    get rest() {
      return running().rest;
    },
  };
}
