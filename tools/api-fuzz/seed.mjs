// Objects to find: a few valid ones of each kind, the same ones for the same seed.
import fc from 'fast-check';
import { kinds } from '../../libs/model/dist/index.js';
import { arbitraryObject } from '../../libs/testkit/dist/model/arbitrary-object.js';
import { NAMESPACE } from './documents.mjs';

const TRIES = 4;

/** Of kinds whose objects must make sense beyond their schema: generated ones seldom do. */
const WRITTEN = {
  Service: { spec: { selector: { app: 'reviews' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] } },
  'Ingress.networking.k8s.io': { spec: { defaultBackend: { service: { name: 'reviews', port: { number: 80 } } } } },
  'VirtualService.networking.istio.io': {
    spec: { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'reviews' }, weight: 100 }], timeout: '2s' }] },
  },
  'DestinationRule.networking.istio.io': {
    spec: { host: 'reviews', subsets: [{ name: 'v1', labels: { version: 'v1' } }] },
  },
  'Gateway.networking.istio.io': {
    spec: {
      selector: { istio: 'ingress' },
      servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
    },
  },
  'WorkloadEntry.networking.istio.io': { spec: { address: '192.0.2.1', labels: { app: 'reviews' } } },
  'Sidecar.networking.istio.io': { spec: { egress: [{ hosts: ['./*'] }] } },
  'RateLimit.policy.malla.io': { spec: { rules: [{ name: 'all', limit: { requests: 5, unit: 'SECOND' } }] } },
  'ApiKeyPolicy.policy.malla.io': { spec: { secretRef: { name: 'keys' } } },
  'Telemetry.telemetry.istio.io': { spec: { tracing: [{ randomSamplingPercentage: 10 }] } },
};

/**
 * Creates the namespace and objects of every kind. What admission refuses is left out: not all that a schema allows makes sense.
 * @param {import('./server.mjs').ServerUnderTest} server @param {number} seed
 * @returns {Promise<{created: number, withoutObject: string[]}>} kinds of which nothing was taken; throws for an answer 500
 */
export async function seedObjects(server, seed) {
  await server.call('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE },
  });
  let created = 0;
  const withoutObject = [];
  for (const definition of kinds) {
    const { group, kind, plural, namespaced } = definition;
    const root = group === '' ? '/api/v1' : `/apis/${group}/${definition.storageVersion}`;
    const collection = `${root}/${namespaced ? `namespaces/${NAMESPACE}/` : ''}${plural}`;
    let taken = 0;
    const generated = fc.sample(arbitraryObject(definition), { numRuns: TRIES, seed });
    const apiVersion = group === '' ? 'v1' : `${group}/${definition.storageVersion}`;
    const written = WRITTEN[nameOf(definition)];
    const simple = written === undefined ? [] : [{ apiVersion, kind, metadata: { name: 'reviews' }, ...written }];
    for (const object of [...simple, ...generated]) {
      const { status, body } = await server.call('POST', collection, object);
      if (status >= 500) throw new Error(`${status} for a ${kind}: ${JSON.stringify(body)}\n${JSON.stringify(object)}`);
      if (status === 201) taken += 1;
    }
    created += taken;
    if (taken === 0) withoutObject.push(nameOf(definition));
  }
  return { created, withoutObject };
}

const nameOf = ({ group, kind }) => (group === '' ? kind : `${kind}.${group}`);
