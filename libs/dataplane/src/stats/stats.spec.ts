import { describe, expect, it } from 'vitest';
import { countsOf, mergeStats, StatsSource, withoutCounters } from './merged-stats.ts';
import { statsPrometheus, statsText } from './stats-formats.ts';
import { StatsStore } from './stats-store.ts';
import { TagRules } from './tag-rules.ts';

const rules = new TagRules({
  defaultStatsTags: false,
  statsTags: [
    { name: 'cluster_name', regex: '^cluster\\.((.+?(\\..+?\\.svc\\.cluster\\.local)?)\\.)' },
    { name: 'response_code', regex: '_rq(_(\\d{3}))$' },
    { name: 'response_code_class', regex: '_rq(_(\\dxx))$' },
  ],
});

function cluster(store: StatsStore, name: string) {
  return store.root.scope({ prefix: `cluster.${name}`, prometheusPrefix: 'cluster', tags: [['cluster_name', name]] });
}

function merged(...stores: StatsStore[]) {
  return mergeStats(
    stores.map((store) => {
      const source = new StatsSource();
      source.take(store.snapshot());
      return source;
    }),
  );
}

describe('statistics', () => {
  it('add up over threads, but not what the configuration says', () => {
    const [a, b] = [new StatsStore(), new StatsStore()];
    for (const store of [a, b]) {
      cluster(store, 'x').counter('upstream_rq_total').inc(2);
      cluster(store, 'x').gauge('upstream_cx_active').inc();
      cluster(store, 'x').gauge('membership_total').set(3);
    }
    expect(statsText(merged(a, b))).toBe(
      'cluster.x.membership_total: 3\ncluster.x.upstream_cx_active: 2\ncluster.x.upstream_rq_total: 4\n',
    );
  });

  it('are the same instrument when they are asked for again, over many chunks', () => {
    const store = new StatsStore();
    for (let i = 0; i < 3_000; i++) store.root.counter(`c${i}`).inc(i);
    for (let i = 0; i < 3_000; i++) store.root.counter(`c${i}`).inc();
    expect(merged(store).every(({ definition, value }) => value === Number(definition.name.slice(1)) + 1)).toBe(true);
  });

  it('keep only what starts with a kept prefix', () => {
    const store = new StatsStore(['cluster.']);
    cluster(store, 'x').counter('a').inc();
    store.root.histogram('http.time').record(1);
    expect(merged(store).map(({ definition }) => definition.name)).toEqual(['cluster.x.a']);
  });

  it('of threads that are gone keep what was counted', () => {
    const gone = [new StatsStore(), new StatsStore()];
    for (const store of gone) {
      store.root.counter('requests').inc(2);
      store.root.gauge('connections').inc();
      store.root.histogram('time').record(5);
    }
    const sources = gone.map((store) => {
      const source = new StatsSource();
      source.take(store.snapshot());
      return source;
    });
    const kept = mergeStats([countsOf([countsOf([]), ...sources])]);
    expect(kept).toEqual(mergeStats(sources).filter(({ definition }) => definition.kind !== 'gauge'));
    const reset = mergeStats([withoutCounters(countsOf(sources))]);
    expect(reset).toEqual(kept.filter(({ definition }) => definition.kind === 'histogram'));
  });

  it('know which ones were written', () => {
    const store = new StatsStore();
    store.root.gauge('never');
    store.root.gauge('zero').set(0);
    store.root.gauge('back').inc();
    store.root.gauge('back').dec();
    expect(Object.fromEntries(merged(store).map(({ definition, used }) => [definition.name, used]))).toEqual({
      never: false,
      zero: true,
      back: true,
    });
  });

  it('are gone with their cluster, and begin anew with the next one of that name', () => {
    const store = new StatsStore();
    const source = new StatsSource();
    const told = () => {
      source.take(store.snapshot());
      return statsText(mergeStats([source]));
    };
    const old = cluster(store, 'x').counter('upstream_rq_total');
    old.inc(5);
    cluster(store, 'y').counter('upstream_rq_total').inc();
    cluster(store, 'x').scope({ prefix: 'ssl', prometheusPrefix: 'ssl', tags: [] }).histogram('time').record(1);
    expect(told()).toContain('cluster.x.upstream_rq_total: 5\n');
    store.release('cluster.x.');
    old.inc();
    expect(told()).toBe('cluster.y.upstream_rq_total: 1\n');
    cluster(store, 'x').counter('upstream_rq_total').inc(2);
    expect(told()).toBe('cluster.x.upstream_rq_total: 2\ncluster.y.upstream_rq_total: 1\n');
  });

  it('are named as Envoy names them where a cluster has colons in its name', () => {
    const store = new StatsStore();
    cluster(store, 'http://a:80/b').counter('upstream_rq_total').inc();
    const stats = merged(store);
    expect(statsText(stats)).toBe('cluster.http_a_80/b.upstream_rq_total: 1\n');
    expect(statsPrometheus(stats, new TagRules({ defaultStatsTags: true, statsTags: [] }))).toContain(
      'envoy_cluster_upstream_rq_total{envoy_cluster_name="http_a_80/b"} 1\n',
    );
    store.release('cluster.http://a:80/b.');
    expect(statsText(merged(store))).toBe('');
  });

  it('have the labels that the bootstrap tells', () => {
    const store = new StatsStore();
    cluster(store, 'outbound|80||a.b.svc.cluster.local').counter('upstream_rq_503').inc();
    store.root
      .scope({ prefix: 'istio', prometheusPrefix: 'istio', tags: [] })
      .counter('requests_total', [['reporter', 'source']])
      .inc(7);
    expect(statsPrometheus(merged(store), rules)).toBe(
      [
        '# TYPE envoy_cluster_upstream_rq counter',
        'envoy_cluster_upstream_rq{response_code="503",cluster_name="outbound|80||a.b.svc.cluster.local"} 1',
        '# TYPE envoy_istio_requests_total counter',
        'envoy_istio_requests_total{reporter="source"} 7',
        '',
      ].join('\n'),
    );
  });

  it("have Envoy's labels by default", () => {
    const store = new StatsStore();
    cluster(store, 'x').counter('upstream_rq_2xx').inc();
    expect(statsPrometheus(merged(store), new TagRules({ defaultStatsTags: true, statsTags: [] }))).toContain(
      'envoy_cluster_upstream_rq{envoy_response_code_class="2xx",envoy_cluster_name="x"} 1\n',
    );
  });

  it('count histograms cumulatively', () => {
    const store = new StatsStore();
    const times = cluster(store, 'x').histogram('upstream_rq_time');
    for (const ms of [0, 3, 3, 4_000_000]) times.record(ms);
    const text = statsPrometheus(merged(store), rules);
    expect(text).toContain('envoy_cluster_upstream_rq_time_bucket{cluster_name="x",le="0.5"} 1\n');
    expect(text).toContain('envoy_cluster_upstream_rq_time_bucket{cluster_name="x",le="5"} 3\n');
    expect(text).toContain('envoy_cluster_upstream_rq_time_bucket{cluster_name="x",le="+Inf"} 4\n');
    expect(text).toContain('envoy_cluster_upstream_rq_time_sum{cluster_name="x"} 4000006\n');
  });
});
