// Makes the secrets that the control plane shares, once: what is there stays. Runs in the cluster as a Job, with nothing but Node.js.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import https from 'node:https';

const account = '/var/run/secrets/kubernetes.io/serviceaccount';
const namespace = readFileSync(`${account}/namespace`, 'utf8').trim();
const word = () => randomBytes(24).toString('base64url');

/** POST to the API server; resolves to the status. */
function post(path, body) {
  const text = JSON.stringify(body);
  const options = {
    host: process.env.KUBERNETES_SERVICE_HOST,
    port: process.env.KUBERNETES_SERVICE_PORT,
    path,
    method: 'POST',
    ca: readFileSync(`${account}/ca.crt`),
    headers: {
      authorization: `Bearer ${readFileSync(`${account}/token`, 'utf8').trim()}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    },
  };
  return new Promise((resolve, reject) => {
    const request = https.request(options, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode));
    });
    request.setTimeout(10_000, () => request.destroy(new Error('no answer within 10 s')));
    request.once('error', reject);
    request.end(text);
  });
}

async function create(name, stringData) {
  const metadata = { name, labels: { 'app.kubernetes.io/part-of': 'malla' } };
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  const status = await post(path, { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', stringData });
  if (status === 201) console.log(`made Secret ${namespace}/${name}`);
  else if (status === 409) console.log(`Secret ${namespace}/${name} is there already`);
  else throw new Error(`POST ${path} answered ${status}`);
}

const postgres = word();
const redis = word();
await create('malla-stores', {
  'postgres-password': postgres,
  'database-url': `postgres://malla:${postgres}@postgres.${namespace}.svc:5432/malla`,
  'redis-url': `redis://:${redis}@redis.${namespace}.svc:6379`,
  'users.acl': `user default on >${redis} ~* &* +@all -@admin +config|get\n`,
});
await create('malla-secret-key', { 'secret.key': `${randomBytes(32).toString('base64')}\n` });
