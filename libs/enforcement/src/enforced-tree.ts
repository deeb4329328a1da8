/**
 * What of a value is enforced: `all`, these values of an enum, or these fields (of an object, or of the elements of a list; `*` stands for
 * every key of a map). What a tree does not name is valid, and not enforced yet.
 */
export type EnforcedTree = typeof all | readonly string[] | { readonly [field: string]: EnforcedTree };

/** The value, whatever it is. Only for values without fields of their own, and without choices that each need a translation: what comes later is not enforced by accident. */
export const all = 'all' as const;

const stringMatch = { exact: all, prefix: all, regex: all };
const destination = { host: all, subset: all, port: { number: all } };
const headerOperations = { set: all, add: all, remove: all };
const headers = { request: headerOperations, response: headerOperations };
const percent = { value: all };
const streamRoute = { destination, weight: all };

const virtualService: EnforcedTree = {
  spec: {
    hosts: all,
    gateways: all,
    exportTo: all,
    http: {
      name: all,
      match: {
        name: all,
        uri: stringMatch,
        ignoreUriCase: all,
        method: stringMatch,
        authority: stringMatch,
        headers: { '*': stringMatch },
        withoutHeaders: { '*': stringMatch },
        queryParams: { '*': stringMatch },
        port: all,
        sourceLabels: all,
        sourceNamespace: all,
        gateways: all,
      },
      route: { destination, weight: all, headers },
      redirect: {
        uri: all,
        authority: all,
        port: all,
        derivePort: ['FROM_PROTOCOL_DEFAULT', 'FROM_REQUEST_PORT'],
        scheme: all,
        redirectCode: all,
      },
      rewrite: { uri: all, authority: all, uriRegexRewrite: { match: all, rewrite: all } },
      timeout: all,
      retries: { attempts: all, perTryTimeout: all, retryOn: all, backoff: all, retryIgnorePreviousHosts: all },
      fault: { delay: { percentage: percent, fixedDelay: all }, abort: { percentage: percent, httpStatus: all } },
      mirror: destination,
      mirrorPercentage: percent,
      headers,
    },
    tls: { match: { sniHosts: all, port: all, gateways: all }, route: streamRoute },
    tcp: { match: { port: all, gateways: all }, route: streamRoute },
  },
};

const tlsVersions = ['TLS_AUTO', 'TLSV1_2', 'TLSV1_3'];

const gateway: EnforcedTree = {
  spec: {
    selector: all,
    servers: {
      port: { number: all, protocol: all, name: all },
      bind: all,
      hosts: all,
      tls: {
        httpsRedirect: all,
        mode: ['PASSTHROUGH', 'SIMPLE', 'MUTUAL', 'OPTIONAL_MUTUAL', 'ISTIO_MUTUAL'],
        credentialName: all,
        subjectAltNames: all,
        verifyCertificateHash: all,
        minProtocolVersion: tlsVersions,
        maxProtocolVersion: tlsVersions,
        cipherSuites: all,
      },
    },
  },
};

const policy = {
  loadBalancer: {
    simple: ['UNSPECIFIED', 'LEAST_REQUEST', 'LEAST_CONN', 'ROUND_ROBIN', 'RANDOM'],
    consistentHash: {
      httpHeaderName: all,
      httpCookie: { name: all, path: all, ttl: all },
      useSourceIp: all,
      httpQueryParameterName: all,
      ringHash: { minimumRingSize: all },
      maglev: { tableSize: all },
    },
  },
  connectionPool: {
    tcp: { maxConnections: all, connectTimeout: all, maxConnectionDuration: all, idleTimeout: all },
    http: {
      http1MaxPendingRequests: all,
      http2MaxRequests: all,
      maxRequestsPerConnection: all,
      maxRetries: all,
      idleTimeout: all,
      h2UpgradePolicy: ['DEFAULT', 'DO_NOT_UPGRADE', 'UPGRADE'],
      maxConcurrentStreams: all,
    },
  },
  outlierDetection: {
    consecutive5xxErrors: all,
    consecutiveGatewayErrors: all,
    splitExternalLocalOriginErrors: all,
    consecutiveLocalOriginFailures: all,
    interval: all,
    baseEjectionTime: all,
    maxEjectionPercent: all,
    minHealthPercent: all,
  },
  tls: {
    mode: ['DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL'],
    credentialName: all,
    sni: all,
    subjectAltNames: all,
    insecureSkipVerify: all,
  },
} as const;

const trafficPolicy = { ...policy, portLevelSettings: { port: { number: all }, ...policy } };

const workloadSelector = { matchLabels: all };
const mutualTls = { mode: ['UNSET', 'DISABLE', 'PERMISSIVE', 'STRICT'] };

const named = { name: all, defaultValue: all };
const tag = { literal: { value: all }, environment: named, header: named };
const tags = { '*': tag };
const traffic = { mode: ['CLIENT_AND_SERVER', 'CLIENT', 'SERVER'] };

const telemetry: EnforcedTree = {
  spec: {
    selector: workloadSelector,
    tracing: {
      match: traffic,
      providers: { name: all },
      randomSamplingPercentage: all,
      disableSpanReporting: all,
      customTags: { '*': { ...tag, formatter: { value: all } } },
      useRequestIdForTraceSampling: all,
      enableIstioTags: all,
    },
    metrics: {
      providers: { name: all },
      overrides: {
        match: {
          metric: [
            ...['ALL_METRICS', 'REQUEST_COUNT', 'REQUEST_DURATION', 'REQUEST_SIZE', 'RESPONSE_SIZE'],
            ...['GRPC_REQUEST_MESSAGES', 'GRPC_RESPONSE_MESSAGES', 'TCP_OPENED_CONNECTIONS', 'TCP_CLOSED_CONNECTIONS'],
            ...['TCP_SENT_BYTES', 'TCP_RECEIVED_BYTES'],
          ],
          customMetric: all,
          ...traffic,
        },
        disabled: all,
        tagOverrides: { '*': { operation: ['UPSERT', 'REMOVE'], value: all } },
      },
    },
    accessLogging: { match: traffic, providers: { name: all }, disabled: all, filter: { expression: all } },
  },
};

const authorizer = {
  service: all,
  port: all,
  timeout: all,
  failOpen: all,
  clearRouteCache: all,
  statusOnError: all,
  includeRequestBodyInCheck: { maxRequestBytes: all, allowPartialMessage: all, packAsBytes: all },
} as const;

/** Of extensionProviders each part names those providers that it makes use of: a provider of another type keeps its name alone. */
const meshConfig: EnforcedTree = {
  spec: {
    trustDomainAliases: all,
    connectTimeout: all,
    defaultHttpRetryPolicy: { attempts: all, retryOn: all },
    outboundTrafficPolicy: { mode: ['REGISTRY_ONLY', 'ALLOW_ANY'] },
    extensionProviders: {
      name: all,
      opentelemetry: {
        service: all,
        port: all,
        maxTagLength: all,
        http: { path: all, timeout: all, headers: { name: all, value: all } },
        grpc: { timeout: all, initialMetadata: { name: all, value: all } },
      },
      envoyExtAuthzHttp: {
        ...authorizer,
        pathPrefix: all,
        includeRequestHeadersInCheck: all,
        includeHeadersInCheck: all,
        includeAdditionalHeadersInCheck: all,
        headersToUpstreamOnAllow: all,
        headersToDownstreamOnDeny: all,
        headersToDownstreamOnAllow: all,
      },
      envoyExtAuthzGrpc: authorizer,
      prometheus: {},
      envoyFileAccessLog: { path: all, logFormat: { text: all, labels: all }, omitEmptyValues: all },
    },
    defaultProviders: { tracing: all, metrics: all, accessLogging: all },
    accessLogFile: all,
    accessLogFormat: all,
    accessLogEncoding: ['TEXT', 'JSON'],
    defaultConfig: { tracing: { sampling: all, maxPathTagLength: all, customTags: tags, enableIstioTags: all } },
  },
};

/** By group and kind, as `networking.istio.io/VirtualService`; a kind that is not here is not enforced at all. */
export const enforcedTrees: Readonly<Record<string, EnforcedTree>> = {
  '/Namespace': {},
  '/Service': {
    spec: {
      type: ['ClusterIP'],
      clusterIP: all,
      selector: all,
      ports: { name: all, port: all, targetPort: all, protocol: ['TCP'], appProtocol: all },
    },
  },
  '/Secret': { type: all, data: all, stringData: all, immutable: all },
  'mesh.istio.io/MeshConfig': meshConfig,
  'telemetry.istio.io/Telemetry': telemetry,
  'networking.istio.io/VirtualService': virtualService,
  'networking.istio.io/Gateway': gateway,
  'networking.istio.io/DestinationRule': {
    spec: {
      host: all,
      exportTo: all,
      trafficPolicy,
      subsets: { name: all, labels: all, trafficPolicy },
    },
  },
  'networking.istio.io/WorkloadEntry': {
    spec: { address: all, ports: all, labels: all, network: all, locality: all, weight: all, serviceAccount: all },
  },
  'networking.istio.io/ServiceEntry': {
    spec: {
      hosts: all,
      addresses: all,
      ports: { number: all, name: all, protocol: all, targetPort: all },
      location: ['MESH_EXTERNAL', 'MESH_INTERNAL'],
      resolution: ['STATIC', 'DNS'],
      endpoints: { address: all, ports: all, labels: all, locality: all, weight: all, serviceAccount: all },
      workloadSelector: { labels: all },
      exportTo: all,
    },
  },
  'security.istio.io/PeerAuthentication': {
    spec: { selector: workloadSelector, mtls: mutualTls, portLevelMtls: { '*': mutualTls } },
  },
  'security.istio.io/AuthorizationPolicy': {
    spec: {
      selector: workloadSelector,
      action: ['ALLOW', 'DENY', 'CUSTOM'],
      provider: { name: all },
      rules: {
        from: { source: { principals: all, notPrincipals: all, namespaces: all, notNamespaces: all } },
        to: {
          operation: { methods: all, notMethods: all, paths: all, notPaths: all, ports: all, notPorts: all },
        },
        when: { key: all, values: all, notValues: all },
      },
    },
  },
  'policy.malla.io/RateLimit': {
    spec: {
      selector: workloadSelector,
      rules: {
        name: all,
        match: { paths: { exact: all, prefix: all }, methods: all, headers: { '*': stringMatch } },
        limit: { requests: all, unit: ['SECOND', 'MINUTE', 'HOUR', 'DAY'] },
        perValueOf: { header: all, remoteAddress: all, sourcePrincipal: all, path: all },
      },
      failureMode: ['OPEN', 'CLOSED'],
    },
  },
  'policy.malla.io/ApiKeyPolicy': {
    spec: { selector: workloadSelector, header: all, secretRef: { name: all } },
  },
};

/** Groups whose kinds are kept for analysis, injection and access; the mesh has nothing to enforce of them. */
const keptGroups: ReadonlySet<string> = new Set([
  'apps',
  'batch',
  'events.k8s.io',
  'rbac.authorization.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
]);

const keptCoreKinds: ReadonlySet<string> = new Set(['ConfigMap', 'ServiceAccount', 'Pod', 'Event', 'Node']);

/** Whether a kind is kept only: it is no configuration of traffic, so nothing of it waits to be enforced. */
export function isKeptOnly(group: string, kind: string): boolean {
  return keptGroups.has(group) || (group === '' && keptCoreKinds.has(kind));
}
