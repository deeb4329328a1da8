/**
 * A program of its own: a gRPC client that finds its servers by xDS, with nothing of Malla in it. gRPC reads its bootstrap from the
 * environment when it is loaded, which is why this cannot run in the test's process.
 *
 * Arguments: target (`xds:///host:port`) and number of calls. Prints how many calls each server address answered, as JSON.
 */
import { Client, credentials } from '@grpc/grpc-js';
import { register } from '@grpc/grpc-js-xds';

/** grpc.health.v1.Health/Check: any method with an empty request would do. */
const method = '/grpc.health.v1.Health/Check';
const noBytes = (bytes: Buffer): Buffer => bytes;

register();
const [target = '', calls = '0'] = process.argv.slice(2);
const client = new Client(target, credentials.createInsecure());
const answered: Record<string, number> = {};
for (let i = 0; i < Number(calls); i++) {
  const peer = await callOnce();
  answered[peer] = (answered[peer] ?? 0) + 1;
}
process.stdout.write(JSON.stringify(answered));
client.close();
process.exit(0);

function callOnce(): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { deadline: Date.now() + 60_000 };
    const call = client.makeUnaryRequest(method, noBytes, noBytes, Buffer.alloc(0), options, (error) =>
      error === null ? resolve(call.getPeer()) : reject(error),
    );
  });
}
