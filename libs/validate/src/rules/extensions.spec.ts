import { describe, it } from 'vitest';
import { expectRefused, expectWarned, type RuleRow } from '../../test/rule-table.ts';
import { validResource } from '../../test/valid-resource.ts';

describe('a Telemetry', () => {
  const all = validResource('Telemetry', 'all');
  const [tracing, metrics, logging] = ['spec.tracing[0]', 'spec.metrics[0]', 'spec.accessLogging[0]'];
  const overrides = `${metrics}.overrides[0].tagOverrides`;
  it.each<RuleRow>([
    [{ 'spec.targetRefs': [{ kind: 'Service', name: 'a' }] }, 'spec'],
    [{ [`${tracing}.providers`]: [{ name: '' }] }, `${tracing}.providers[0].name`],
    [{ [`${tracing}.randomSamplingPercentage`]: 101 }, `${tracing}.randomSamplingPercentage`],
    [{ [`${tracing}.customTags`]: { '': { literal: { value: 'a' } } } }, `${tracing}.customTags[""]`],
    [{ [`${tracing}.customTags`]: { a: { literal: { value: '' } } } }, `${tracing}.customTags.a.literal.value`],
    [{ [`${tracing}.customTags`]: { a: { header: { name: '' } } } }, `${tracing}.customTags.a.header.name`],
    [{ [`${metrics}.providers`]: [{ name: '' }] }, `${metrics}.providers[0].name`],
    [{ [`${metrics}.reportingInterval`]: '0s' }, `${metrics}.reportingInterval`],
    [{ [`${metrics}.overrides[1].match.customMetric`]: '' }, `${metrics}.overrides[1].match.customMetric`],
    [{ [overrides]: { a: { operation: 'UPSERT' } } }, `${overrides}.a.value`],
    [{ [overrides]: { a: {} } }, `${overrides}.a.value`],
    [{ [overrides]: { a: { operation: 'REMOVE', value: 'b' } } }, `${overrides}.a.value`],
    [{ [`${logging}.filter.expression`]: 'response.code >=' }, `${logging}.filter.expression`],
    [{ [`${logging}.filter`]: {} }, `${logging}.filter.expression`],
    [{ [`${logging}.providers`]: [{ name: '' }] }, `${logging}.providers[0].name`],
  ])('refuses %j', (...row) => expectRefused(all, row));

  it.each<RuleRow>([
    [{ 'spec.tracing[1]': {} }, 'spec.tracing'],
    [{ [`${tracing}.providers`]: [{ name: 'a' }, { name: 'b' }] }, `${tracing}.providers`],
    [{ [`${tracing}.customTags`]: { a: {} } }, `${tracing}.customTags.a`],
    [{ [overrides]: { '': { value: 'b' } } }, `${overrides}[""]`],
    [{ [overrides]: { a: { value: 'b +' } } }, `${overrides}.a.value`],
  ])('warns of %j', (...row) => expectWarned(all, row));
});

describe('a WasmPlugin', () => {
  const image = validResource('WasmPlugin', 'image');
  it.each<RuleRow>([
    [{ 'spec.url': '' }, 'spec.url'],
    [{ 'spec.url': '#%blah$#@' }, 'spec.url'],
    [{ 'spec.url': 'fake://example.com' }, 'spec.url'],
    [{ 'spec.url': 'http://a b' }, 'spec.url'],
    [{ 'spec.sha256': 'foo' }, 'spec.sha256'],
    [{ 'spec.targetRef': { kind: 'Service', name: 'a' } }, 'spec'],
    [{ 'spec.match[0].ports[0].number': 0 }, 'spec.match[0].ports[0].number'],
    [{ 'spec.vmConfig.env[1].name': 'A' }, 'spec.vmConfig.env[1].name'],
    [{ 'spec.vmConfig.env[0].name': '' }, 'spec.vmConfig.env[0].name'],
    [{ 'spec.vmConfig.env[1].value': 'x' }, 'spec.vmConfig.env[1].value'],
  ])('refuses %j', (...row) => expectRefused(image, row));
});

describe('a TrafficExtension', () => {
  const [wasm, lua] = ['wasm', 'lua'].map((name) => validResource('TrafficExtension', name)) as [object, object];
  it.each<readonly [object, ...RuleRow]>([
    [wasm, { 'spec.lua': { inlineCode: 'x' } }, 'spec'],
    [lua, { 'spec.lua': undefined }, 'spec'],
    [wasm, { 'spec.wasm.url': 'fake://a' }, 'spec.wasm.url'],
    [wasm, { 'spec.targetRefs[0].kind': 'Pod' }, 'spec.targetRefs[0].kind'],
    [wasm, { 'spec.match[0].ports[0].number': 70000 }, 'spec.match[0].ports[0].number'],
    [lua, { 'spec.lua.inlineCode': '' }, 'spec.lua.inlineCode'],
    [lua, { 'spec.lua.inlineCode': 'é'.repeat(40_000) }, 'spec.lua.inlineCode'],
  ])('refuses %#', (valid, ...row) => expectRefused(valid, row));
});

describe('a ProxyConfig', () => {
  const small = validResource('ProxyConfig', 'small');
  it.each<RuleRow>([
    [{ 'spec.concurrency': -1 }, 'spec.concurrency'],
    [{ 'spec.selector.matchLabels': { '': 'a' } }, 'spec.selector.matchLabels[""]'],
    [{ 'spec.environmentVariables': { 'A=B': 'c' } }, 'spec.environmentVariables["A=B"]'],
  ])('refuses %j', (...row) => expectRefused(small, row));

  it.each<RuleRow>([[{ 'spec.selector': {} }, 'spec.selector']])('warns of %j', (...row) => expectWarned(small, row));
});

describe('an EnvoyFilter', () => {
  const lua = 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua';
  const manager = 'envoy.filters.network.http_connection_manager';
  const filter = {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name: 'a', namespace: 'shop' },
    spec: {
      workloadSelector: { labels: { app: 'cart' } },
      configPatches: [
        {
          applyTo: 'HTTP_FILTER',
          match: {
            context: 'SIDECAR_INBOUND',
            proxy: { proxyVersion: '^1\\.2.*' },
            listener: { filterChain: { filter: { name: manager, subFilter: { name: 'envoy.filters.http.router' } } } },
          },
          patch: { operation: 'INSERT_BEFORE', value: { name: 'a', typed_config: { '@type': lua, inline_code: 'x' } } },
        },
      ],
    },
  };
  const patch = 'spec.configPatches[0]';
  const value = `${patch}.patch.value`;
  const chain = `${patch}.match.listener.filterChain.filter`;
  it.each<RuleRow>([
    [{ 'spec.workloadSelector.labels': { a: '*' } }, 'spec.workloadSelector.labels.a'],
    [{ 'spec.targetRefs': [{ kind: 'Service', name: 'a' }] }, 'spec.targetRefs'],
    [
      { 'spec.workloadSelector': undefined, 'spec.targetRefs': [{ kind: 'Pod', name: 'a' }] },
      'spec.targetRefs[0].kind',
    ],
    [{ [`${patch}.applyTo`]: undefined }, `${patch}.applyTo`],
    [{ [`${patch}.patch`]: undefined }, `${patch}.patch`],
    [{ [`${patch}.patch.operation`]: undefined }, `${patch}.patch.operation`],
    [{ [`${patch}.patch.value`]: undefined }, `${patch}.patch.value`],
    [{ [`${patch}.match.proxy.proxyVersion`]: '(' }, `${patch}.match.proxy.proxyVersion`],
    [{ [`${patch}.applyTo`]: 'CLUSTER' }, `${patch}.match.listener`],
    [{ [`${patch}.match`]: { cluster: {} } }, `${patch}.match.cluster`],
    [{ [`${chain}.name`]: '' }, `${chain}.name`],
    [{ [`${chain}.name`]: 'envoy.filters.network.tcp_proxy' }, `${chain}.name`],
    [{ [`${chain}.subFilter`]: {} }, `${chain}.subFilter.name`],
    [{ [`${patch}.applyTo`]: 'NETWORK_FILTER' }, `${chain}.subFilter`],
    [{ [`${value}.typed_config`]: {} }, `${value}.typed_config["@type"]`],
    [{ [`${value}.typed_config`]: 'x' }, `${value}.typed_config`],
    [{ [`${value}.typed_config`]: { '@type': 'x' } }, `${value}.typed_config["@type"]`],
    [
      { [`${value}.typed_config`]: { '@type': 'type.googleapis.com/envoy.config.filter.http.lua.v2.Lua' } },
      `${value}.typed_config["@type"]`,
    ],
    [{ [`${value}.typed_config.of`]: [{ typedConfig: {} }] }, `${value}.typed_config.of[0].typedConfig["@type"]`],
  ])('refuses %j', (...row) => expectRefused(filter, row));

  it.each<RuleRow>([
    [{}, ''],
    [{ [`${value}.typed_config`]: undefined }, value],
    [{ [`${value}.transport_socket`]: { name: 'a' } }, `${value}.transport_socket`],
    [{ 'spec.workloadSelector.labels': {} }, 'spec.workloadSelector'],
    [{ [`${patch}.match.proxy.proxyVersion`]: 'a'.repeat(1025) }, `${patch}.match.proxy.proxyVersion`],
    [{ [`${chain}.name`]: 'envoy.http_connection_manager' }, `${chain}.name`],
    [{ [`${chain}.subFilter.name`]: 'envoy.router' }, `${chain}.subFilter.name`],
    [{ [`${patch}.applyTo`]: 'FILTER_CHAIN', [`${chain}.subFilter`]: undefined }, chain],
  ])('warns of %j', (...row) => expectWarned(filter, row));
});
