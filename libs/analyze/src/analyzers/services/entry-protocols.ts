import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { items, number, text, texts } from '../../resources/read.ts';
import type { Derivation } from '../../resources/resource-set.ts';
import { exportScopes } from '../../resources/service-hosts.ts';
import type { Subject } from '../../resources/subject.ts';

const everywhere = '*';

interface Use {
  readonly entry: Subject;
  readonly protocol: string;
}

/** A host at a port, as a namespace sees it. */
interface Place {
  readonly host: string;
  readonly port: number;
  readonly protocol: string;
}

function placesOf({ spec }: Subject): Place[] {
  return texts(spec, 'hosts').flatMap((host) =>
    items(spec, 'ports').map((port) => ({
      host,
      port: number(port, 'number') ?? 0,
      protocol: text(port, 'protocol').toUpperCase(),
    })),
  );
}

interface Uses {
  readonly byScope: ReadonlyMap<string, readonly Use[]>;
  /** Scopes other than `*` by host and port. */
  readonly scopes: ReadonlyMap<string, ReadonlySet<string>>;
}

const placeKey = ({ host, port }: Place) => `${host}\n${port}`;

const uses: Derivation<Uses> = {
  inputs: [kindRefs.serviceEntry],
  build(set) {
    const byScope = new Map<string, Use[]>();
    const scopes = new Map<string, Set<string>>();
    for (const entry of set.list(kindRefs.serviceEntry)) {
      for (const place of placesOf(entry)) {
        for (const scope of exportScopes(texts(entry.spec, 'exportTo'), entry.namespace)) {
          const key = `${scope}\n${placeKey(place)}`;
          const known = byScope.get(key);
          if (known === undefined) byScope.set(key, [{ entry, protocol: place.protocol }]);
          else known.push({ entry, protocol: place.protocol });
          if (scope !== everywhere) scopes.set(placeKey(place), (scopes.get(placeKey(place)) ?? new Set()).add(scope));
        }
      }
    }
    return { byScope, scopes };
  },
};

/** Whether ServiceEntries that a namespace sees agree about the protocol of a host's port: one finding for each of them. */
export const entryProtocols: Analyzer = {
  name: 'serviceentry.ConflictingServiceEntryProtocolAnalyzer',
  description: 'Checks that ServiceEntries agree about the protocol of a host and port',
  inputs: [kindRefs.serviceEntry],
  origins: [kindRefs.serviceEntry],
  codes: ['IST0177'],
  *analyze({ set, subjects }) {
    for (const subject of subjects(kindRefs.serviceEntry)) {
      const { byScope, scopes } = set.derive(uses);
      const own = exportScopes(texts(subject.spec, 'exportTo'), subject.namespace);
      const finding = placesOf(subject)
        .flatMap((place) => {
          // What is exported to all is also seen where others are exported to.
          const seen = own.includes(everywhere) ? [everywhere, ...(scopes.get(placeKey(place)) ?? [])] : own;
          return seen.map((scope) => ({ place, all: usesIn(byScope, scope, place) }));
        })
        .find(({ all }) => new Set(all.map((use) => use.protocol)).size > 1);
      if (finding === undefined) continue;
      const { place, all } = finding;
      const names = [...new Set(all.map((use) => use.entry.fullName))].sort().join(', ');
      const protocols = [...new Set(all.map((use) => use.protocol))].sort().join(', ');
      yield findingOf('IST0177', {
        subject,
        args: [names, place.host, place.port, protocols],
        path: ['metadata', 'name'],
      });
    }
  },
};

function usesIn(byScope: Uses['byScope'], scope: string, place: Place): readonly Use[] {
  const everyone = byScope.get(`${everywhere}\n${placeKey(place)}`) ?? [];
  return scope === everywhere ? everyone : [...(byScope.get(`${scope}\n${placeKey(place)}`) ?? []), ...everyone];
}
