import { lookup, resolve4, resolve6, type LookupAddress, type RecordWithTtl } from 'node:dns';
import { isIP } from 'node:net';
import type { ClusterConfig } from '@malla/proxy-config';

type Dns = Extract<ClusterConfig['discovery'], { kind: 'dns' }>;
export type ResolveOptions = Pick<Dns, 'lookupFamily' | 'respectTtl'>;

type Done = (error: Error | null, addresses: readonly string[], ttlMs?: number) => void;

/** All addresses of a name, of the wanted families; with the life of the answer when it is asked for and known. */
export type Resolve = (name: string, options: ResolveOptions, done: Done) => void;

interface Answer {
  readonly address: string;
  readonly family: number;
  /** In seconds. */
  readonly ttl?: number;
}

/** Asks the system, hosts file included. Only a DNS server knows how long an answer lives: it is asked itself then, and the system if it does not answer. */
export const systemResolve: Resolve = (name, { lookupFamily, respectTtl }, done) => {
  if (isIP(name) !== 0) return done(null, [name]);
  const finish = (answers: readonly Answer[]): void => {
    const chosen = ofFamily(answers, lookupFamily);
    const lives = chosen.flatMap(({ ttl }) => (ttl === undefined ? [] : [ttl * 1_000]));
    // Sorted: the order of an answer changes with every question.
    const addresses = [...new Set(chosen.map(({ address }) => address))].sort();
    if (addresses.length === 0) return done(new Error('no address of the wanted family'), []);
    if (lives.length > 0) done(null, addresses, Math.min(...lives));
    else done(null, addresses);
  };
  const askSystem = (): void =>
    lookup(name, { all: true, order: 'verbatim' }, (error, addresses: readonly LookupAddress[] | undefined) => {
      if (error !== null) done(error, []);
      else finish(addresses ?? []);
    });
  if (!respectTtl) return askSystem();
  askServers(name, (answers) => {
    if (answers.length === 0) askSystem();
    else finish(answers);
  });
};

function askServers(name: string, done: (answers: readonly Answer[]) => void): void {
  const answers: Answer[] = [];
  let missing = 2;
  const take = (family: 4 | 6) => (error: Error | null, records: readonly RecordWithTtl[] | undefined) => {
    if (error === null) for (const { address, ttl } of records ?? []) answers.push({ address, family, ttl });
    if (--missing === 0) done(answers);
  };
  resolve4(name, { ttl: true }, take(4));
  resolve6(name, { ttl: true }, take(6));
}

/** Source: Envoy's dns_lookup_family. */
function ofFamily(answers: readonly Answer[], lookupFamily: Dns['lookupFamily']): readonly Answer[] {
  const v4 = answers.filter(({ family }) => family === 4);
  const v6 = answers.filter(({ family }) => family === 6);
  switch (lookupFamily) {
    case 'all':
      return answers;
    case 'v4-only':
      return v4;
    case 'v6-only':
      return v6;
    case 'auto':
      return v6.length > 0 ? v6 : v4;
    case 'v4-preferred':
      return v4.length > 0 ? v4 : v6;
  }
}
