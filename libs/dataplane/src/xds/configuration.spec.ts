import { describe, expect, it } from 'vitest';
import { Configuration } from './configuration.ts';
import { byName, fakeReader, fakeResource, names } from './testing/fake-resources.ts';

function empty(): Configuration {
  return new Configuration({ reader: fakeReader, clusters: [], listeners: [], now: () => 0 });
}

describe('Configuration', () => {
  it('puts a cluster to work when its endpoints and secrets are there', () => {
    const configuration = empty();
    configuration.take(
      'cluster',
      byName(fakeResource('cluster', 'a', { eds: 'e', sds: { name: 's', cluster: 'agent' } })),
    );
    expect(configuration.wanted).toMatchObject({ endpoint: ['e'], secretsFrom: new Map([['agent', ['s']]]) });
    expect(configuration.nextUpdate()).toBeUndefined();
    configuration.take('endpoint', byName(fakeResource('endpoint', 'e')));
    expect(configuration.nextUpdate()).toBeUndefined();
    configuration.take('secret', byName(fakeResource('secret', 's')));
    const update = configuration.nextUpdate();
    expect(names(update?.clusters ?? [])).toEqual(['a']);
    expect(update?.endpoints).toHaveLength(1);
    expect(configuration.warmingClusters).toEqual([]);
  });

  it('replaces nothing by its like when a server tells all of it again', () => {
    const configuration = empty();
    configuration.take('listener', byName(fakeResource('listener', 'l')));
    configuration.nextUpdate();
    const again = { ...fakeResource('listener', 'l'), version: 'of another server' };
    expect(configuration.take('listener', byName(again))).toEqual([]);
    expect(configuration.nextUpdate()).toBeUndefined();
    expect(configuration.activeListeners.get('l')?.resource?.version).toBe('of another server');
  });

  it('keeps the version at work while the next one waits', () => {
    const configuration = empty();
    configuration.take('listener', byName(fakeResource('listener', 'l')));
    configuration.nextUpdate();
    configuration.take('listener', byName(fakeResource('listener', 'l', { rds: 'r' })));
    expect(configuration.nextUpdate()).toBeUndefined();
    expect(names(configuration.warmingListeners)).toEqual(['l']);
    configuration.giveUp('route', 'r');
    expect(names(configuration.nextUpdate()?.listeners ?? [])).toEqual(['l']);
  });

  it('keeps the last good version of what is refused, and takes the rest', () => {
    const configuration = empty();
    configuration.take('cluster', byName(fakeResource('cluster', 'a'), fakeResource('cluster', 'b')));
    configuration.nextUpdate();
    const refusals = configuration.take(
      'cluster',
      byName(
        fakeResource('cluster', 'a', { problem: 'connect_timeout: too long' }),
        fakeResource('cluster', 'b', { eds: 'e' }),
      ),
    );
    expect(refusals).toMatchObject([{ name: 'a', message: 'connect_timeout: too long' }]);
    expect(configuration.nextUpdate()).toBeUndefined();
    expect(names([...configuration.activeClusters.values()])).toEqual(['a', 'b']);
    expect(names(configuration.warmingClusters)).toEqual(['b']);
  });

  it('refuses routes to clusters that are not there, where the routes ask for that', () => {
    const configuration = empty();
    const routes = byName(fakeResource('route', 'r', { needs: ['a'] }));
    expect(configuration.take('route', routes)).toMatchObject([{ message: "route: unknown cluster 'a'" }]);
    configuration.take('cluster', byName(fakeResource('cluster', 'a')));
    expect(configuration.take('route', byName(fakeResource('route', 'r', { needs: ['a'] })))).toEqual([]);
  });

  it('removes what is gone, and what nothing wants any more', () => {
    const configuration = empty();
    configuration.take('cluster', byName(fakeResource('cluster', 'a', { eds: 'e' })));
    configuration.take('listener', byName(fakeResource('listener', 'l', { rds: 'r' })));
    configuration.take('endpoint', byName(fakeResource('endpoint', 'e')));
    configuration.take('route', byName(fakeResource('route', 'r')));
    configuration.nextUpdate();
    configuration.take('cluster', byName());
    configuration.take('listener', byName());
    expect(configuration.nextUpdate()?.removed).toMatchObject({ clusters: ['a'], endpoints: ['e'], listeners: ['l'] });
    configuration.forgetUnwanted(configuration.wanted);
    expect(configuration.nextUpdate()?.removed).toMatchObject({ routes: ['r'] });
    expect(configuration.fullUpdate()).toMatchObject({ clusters: [], endpoints: [], routes: [], listeners: [] });
  });

  it('goes back when a listener cannot be opened, and tells the workers that did open it', () => {
    const configuration = empty();
    configuration.take('listener', byName(fakeResource('listener', 'l')));
    configuration.nextUpdate();
    configuration.revertListener('l', undefined);
    expect(configuration.nextUpdate()?.removed.listeners).toEqual(['l']);
    expect(configuration.nextUpdate()).toBeUndefined();
  });

  it('sends endpoints again with a cluster that is replaced', () => {
    const configuration = empty();
    configuration.take('cluster', byName(fakeResource('cluster', 'a', { eds: 'e' })));
    configuration.take('endpoint', byName(fakeResource('endpoint', 'e')));
    configuration.nextUpdate();
    configuration.take('cluster', byName(fakeResource('cluster', 'a', { eds: 'e', needs: [] })));
    expect(configuration.nextUpdate()).toMatchObject({ clusters: [{ name: 'a' }], endpoints: [{ clusterName: 'e' }] });
  });
});
