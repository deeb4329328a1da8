/** Fields below a path, as words; `=` begins values of an enum. */
type Fields = Readonly<Record<string, string>>;

const trafficPolicy: Fields = {
  loadBalancer:
    'simple consistentHash localityLbSetting zoneAwareLbSetting warmup warmupDurationSecs backendUtilization',
  'loadBalancer.simple': '=LEAST_REQUEST =ROUND_ROBIN =RANDOM =PASSTHROUGH =LEAST_CONN =UNSPECIFIED',
  'loadBalancer.consistentHash':
    'httpHeaderName httpCookie useSourceIp httpQueryParameterName ringHash maglev minimumRingSize',
  'loadBalancer.consistentHash.httpCookie': 'name path ttl attributes',
  'loadBalancer.consistentHash.ringHash': 'minimumRingSize',
  'loadBalancer.consistentHash.maglev': 'tableSize',
  'loadBalancer.localityLbSetting': 'distribute failover failoverPriority enabled',
  'loadBalancer.localityLbSetting.distribute[]': 'from to',
  'loadBalancer.localityLbSetting.failover[]': 'from to',
  'loadBalancer.zoneAwareLbSetting': 'minClusterSize',
  'loadBalancer.warmup': 'duration minimumPercent aggression',
  'connectionPool.tcp': 'maxConnections connectTimeout tcpKeepalive maxConnectionDuration idleTimeout',
  'connectionPool.http':
    'http1MaxPendingRequests http2MaxRequests maxRequestsPerConnection maxRetries idleTimeout h2UpgradePolicy useClientProtocol maxConcurrentStreams http2KeepAlive',
  'connectionPool.http.h2UpgradePolicy': '=DEFAULT =DO_NOT_UPGRADE =UPGRADE',
  outlierDetection:
    'consecutive5xxErrors consecutiveGatewayErrors splitExternalLocalOriginErrors consecutiveLocalOriginFailures interval baseEjectionTime maxEjectionPercent minHealthPercent outlierDetectionHttpErrorCodes',
  tls: 'mode sni subjectAltNames caCertificates clientCertificate privateKey insecureSkipVerify credentialName caCrl',
  'tls.mode': '=DISABLE =SIMPLE =MUTUAL =ISTIO_MUTUAL',
  tunnel: 'protocol targetHost targetPort',
  proxyProtocol: 'version',
  'proxyProtocol.version': '=V1 =V2',
  retryBudget: 'percent minRetryConcurrency budgetInterval',
};

const below = (prefix: string, fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([path, names]) => [`${prefix}.${path}`, names]));

const filters = 'requestHeaderModifier responseHeaderModifier requestMirror type';

/**
 * Fields and values of Istio 1.32 and Gateway API 1.7 that the mesh's users know, by kind and by the path of their object: an own list, so
 * that a field lost from the model is missed. Source: https://istio.io/latest/docs/reference/config/ and https://gateway-api.sigs.k8s.io/
 */
export const referenceFields: Readonly<Record<string, Fields>> = {
  'networking.istio.io/VirtualService': {
    spec: 'hosts gateways exportTo http tls tcp',
    'spec.http[]':
      'name match route redirect directResponse delegate rewrite timeout retries fault mirror mirrors mirrorPercentage mirrorPercent mirror_percent corsPolicy headers',
    'spec.http[].match[]':
      'name uri ignoreUriCase scheme method authority headers withoutHeaders queryParams port sourceLabels sourceNamespace gateways statPrefix',
    'spec.http[].match[].uri': 'exact prefix regex',
    'spec.http[].route[]': 'destination weight headers',
    'spec.http[].route[].destination': 'host subset port',
    'spec.http[].headers.request': 'set add remove',
    'spec.http[].headers.response': 'set add remove',
    'spec.http[].redirect': 'uri prefixRewrite authority port derivePort scheme redirectCode',
    'spec.http[].redirect.derivePort': '=FROM_PROTOCOL_DEFAULT =FROM_REQUEST_PORT',
    'spec.http[].directResponse': 'status body',
    'spec.http[].directResponse.body': 'string bytes',
    'spec.http[].delegate': 'name namespace',
    'spec.http[].rewrite': 'uri authority uriRegexRewrite',
    'spec.http[].rewrite.uriRegexRewrite': 'match rewrite',
    'spec.http[].retries': 'attempts perTryTimeout retryOn retryRemoteLocalities retryIgnorePreviousHosts backoff',
    'spec.http[].fault.delay': 'percentage percent fixedDelay exponentialDelay',
    'spec.http[].fault.abort': 'httpStatus grpcStatus http2Error percentage',
    'spec.http[].corsPolicy':
      'allowOrigins allowMethods allowHeaders exposeHeaders maxAge allowCredentials unmatchedPreflights',
    'spec.http[].corsPolicy.unmatchedPreflights': '=FORWARD =IGNORE',
    'spec.tls[]': 'match route',
    'spec.tls[].match[]': 'sniHosts destinationSubnets port gateways sourceLabels sourceNamespace',
    'spec.tcp[].match[]': 'destinationSubnets port gateways sourceLabels sourceNamespace sourceSubnet',
    'spec.tcp[].route[]': 'destination weight',
  },
  'networking.istio.io/DestinationRule': {
    spec: 'host exportTo workloadSelector subsets trafficPolicy',
    'spec.subsets[]': 'name labels trafficPolicy',
    ...below('spec.trafficPolicy', trafficPolicy),
    'spec.trafficPolicy.portLevelSettings[]': 'port loadBalancer connectionPool outlierDetection tls',
  },
  'networking.istio.io/Gateway': {
    spec: 'selector servers',
    'spec.servers[]': 'port bind hosts tls name defaultEndpoint',
    'spec.servers[].port': 'number protocol name targetPort',
    'spec.servers[].tls':
      'httpsRedirect mode credentialName credentialNames caCertCredentialName tlsCertificates serverCertificate privateKey caCertificates caCrl subjectAltNames verifyCertificateSpki verifyCertificateHash minProtocolVersion maxProtocolVersion cipherSuites insecureSkipVerify ecdhCurves',
    'spec.servers[].tls.mode': '=PASSTHROUGH =SIMPLE =MUTUAL =OPTIONAL_MUTUAL =AUTO_PASSTHROUGH =ISTIO_MUTUAL',
  },
  'networking.istio.io/ServiceEntry': {
    spec: 'hosts addresses ports location resolution endpoints workloadSelector subjectAltNames exportTo',
    'spec.ports[]': 'number protocol name targetPort',
    'spec.location': '=MESH_EXTERNAL =MESH_INTERNAL',
    'spec.resolution': '=NONE =STATIC =DNS =DNS_ROUND_ROBIN =DYNAMIC_DNS',
  },
  'networking.istio.io/WorkloadEntry': { spec: 'address ports labels network locality weight serviceAccount' },
  'networking.istio.io/WorkloadGroup': {
    spec: 'metadata template probe',
    'spec.probe':
      'initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold httpGet tcpSocket exec grpc',
  },
  'networking.istio.io/Sidecar': {
    spec: 'workloadSelector egress ingress outboundTrafficPolicy inboundConnectionPool',
    'spec.egress[]': 'hosts port bind captureMode',
    'spec.ingress[]': 'port bind captureMode defaultEndpoint tls connectionPool',
    'spec.outboundTrafficPolicy': 'mode egressProxy',
  },
  'networking.istio.io/ProxyConfig': {
    spec: 'selector concurrency environmentVariables image',
    'spec.image': 'imageType',
  },
  'networking.istio.io/EnvoyFilter': {
    spec: 'workloadSelector targetRefs priority configPatches',
    'spec.configPatches[].applyTo':
      '=LISTENER =FILTER_CHAIN =NETWORK_FILTER =HTTP_FILTER =ROUTE_CONFIGURATION =VIRTUAL_HOST =HTTP_ROUTE =CLUSTER =EXTENSION_CONFIG =BOOTSTRAP =LISTENER_FILTER',
    'spec.configPatches[].match': 'context proxy listener routeConfiguration cluster waypoint',
    'spec.configPatches[].match.context': '=ANY =SIDECAR_INBOUND =SIDECAR_OUTBOUND =GATEWAY =WAYPOINT',
    'spec.configPatches[].match.proxy': 'proxyVersion metadata',
    'spec.configPatches[].match.listener': 'portNumber name filterChain listenerFilter',
    'spec.configPatches[].match.listener.filterChain':
      'name sni transportProtocol applicationProtocols destinationPort filter transportSocket',
    'spec.configPatches[].match.listener.filterChain.filter': 'name subFilter',
    'spec.configPatches[].match.routeConfiguration': 'name portNumber portName gateway vhost',
    'spec.configPatches[].match.routeConfiguration.vhost': 'name domainName route',
    'spec.configPatches[].match.routeConfiguration.vhost.route': 'name action',
    'spec.configPatches[].match.cluster': 'name portNumber service subset',
    'spec.configPatches[].patch': 'operation value filterClass',
    'spec.configPatches[].patch.operation':
      '=MERGE =MERGE_AND_REPLACE_LIST =ADD =REMOVE =INSERT_BEFORE =INSERT_AFTER =INSERT_FIRST =REPLACE',
    'spec.configPatches[].patch.filterClass': '=AUTHN =AUTHZ =STATS',
  },
  'extensions.istio.io/WasmPlugin': {
    spec: 'selector targetRef targetRefs url sha256 imagePullPolicy imagePullSecret pluginConfig pluginName phase priority failStrategy vmConfig match type verificationKey',
    'spec.phase': '=UNSPECIFIED_PHASE =AUTHN =AUTHZ =STATS',
    'spec.failStrategy': '=FAIL_CLOSE =FAIL_OPEN =FAIL_RELOAD',
    'spec.vmConfig.env[]': 'name value valueFrom',
    'spec.match[]': 'mode ports',
  },
  'extensions.istio.io/TrafficExtension': { spec: 'wasm lua phase priority match', 'spec.lua': 'inlineCode' },
  'security.istio.io/PeerAuthentication': {
    spec: 'selector mtls portLevelMtls',
    'spec.mtls.mode': '=UNSET =DISABLE =PERMISSIVE =STRICT',
  },
  'security.istio.io/RequestAuthentication': {
    spec: 'selector targetRef targetRefs jwtRules',
    'spec.jwtRules[]':
      'issuer audiences jwksUri jwks fromHeaders fromParams fromCookies outputPayloadToHeader forwardOriginalToken outputClaimToHeaders timeout spaceDelimitedClaims',
    'spec.jwtRules[].fromHeaders[]': 'name prefix',
  },
  'security.istio.io/AuthorizationPolicy': {
    spec: 'selector targetRef targetRefs rules action provider',
    'spec.action': '=ALLOW =DENY =AUDIT =CUSTOM',
    'spec.rules[].from[].source':
      'principals notPrincipals requestPrincipals notRequestPrincipals namespaces notNamespaces serviceAccounts notServiceAccounts ipBlocks notIpBlocks remoteIpBlocks notRemoteIpBlocks trustDomains notTrustDomains',
    'spec.rules[].to[].operation': 'hosts notHosts ports notPorts methods notMethods paths notPaths',
    'spec.rules[].when[]': 'key values notValues',
  },
  'telemetry.istio.io/Telemetry': {
    spec: 'selector targetRef targetRefs tracing metrics accessLogging',
    'spec.tracing[]':
      'match providers randomSamplingPercentage disableSpanReporting customTags useRequestIdForTraceSampling enableIstioTags disableContextPropagation',
    'spec.tracing[].customTags{}': 'literal environment header formatter',
    'spec.metrics[]': 'providers overrides reportingInterval',
    'spec.metrics[].overrides[]': 'match disabled tagOverrides',
    'spec.metrics[].overrides[].match': 'metric customMetric mode',
    'spec.metrics[].overrides[].tagOverrides{}': 'operation value',
    'spec.accessLogging[]': 'match providers disabled filter',
    'spec.accessLogging[].filter': 'expression',
  },
  'gateway.networking.k8s.io/GatewayClass': { spec: 'controllerName parametersRef description' },
  'gateway.networking.k8s.io/Gateway': {
    spec: 'gatewayClassName listeners addresses infrastructure allowedListeners tls defaultScope',
    'spec.infrastructure': 'labels annotations parametersRef',
    'spec.listeners[]': 'name hostname port protocol tls allowedRoutes',
    'spec.listeners[].tls': 'mode certificateRefs options',
    'spec.listeners[].allowedRoutes': 'namespaces kinds',
    'spec.tls': 'backend frontend',
    'spec.tls.backend': 'clientCertificateRef',
    'spec.tls.frontend': 'default perPort',
    'spec.tls.frontend.default.validation': 'caCertificateRefs mode',
  },
  'gateway.networking.k8s.io/ListenerSet': {
    spec: 'parentRef listeners',
    'spec.listeners[]': 'name port protocol tls',
  },
  'gateway.networking.k8s.io/ReferenceGrant': {
    spec: 'from to',
    'spec.from[]': 'group kind namespace',
    'spec.to[]': 'group kind name',
  },
  'gateway.networking.k8s.io/HTTPRoute': {
    spec: 'parentRefs hostnames rules useDefaultGateways',
    'spec.parentRefs[]': 'group kind namespace name sectionName port',
    'spec.rules[]': 'name matches filters backendRefs timeouts retry sessionPersistence',
    'spec.rules[].matches[]': 'path headers queryParams method',
    'spec.rules[].matches[].path.type': '=Exact =PathPrefix =RegularExpression',
    'spec.rules[].filters[]': `${filters} requestRedirect urlRewrite cors extensionRef externalAuth`,
    'spec.rules[].filters[].requestRedirect': 'scheme hostname port path statusCode',
    'spec.rules[].filters[].urlRewrite': 'hostname path',
    'spec.rules[].filters[].requestMirror': 'backendRef percent fraction',
    'spec.rules[].timeouts': 'request backendRequest',
    'spec.rules[].retry': 'codes attempts backoff',
    'spec.rules[].backendRefs[]': 'group kind namespace name port weight filters',
  },
  'gateway.networking.k8s.io/GRPCRoute': {
    spec: 'parentRefs hostnames rules',
    'spec.rules[]': 'name matches filters backendRefs sessionPersistence',
    'spec.rules[].matches[].method': 'type service method',
    'spec.rules[].filters[]': `${filters} extensionRef`,
  },
  'gateway.networking.k8s.io/TLSRoute': { spec: 'parentRefs hostnames rules' },
  'gateway.networking.k8s.io/TCPRoute': { spec: 'parentRefs rules' },
  'gateway.networking.k8s.io/UDPRoute': { spec: 'parentRefs rules' },
  'gateway.networking.k8s.io/BackendTLSPolicy': {
    spec: 'targetRefs validation options',
    'spec.validation': 'caCertificateRefs wellKnownCACertificates hostname subjectAltNames',
  },
  'mesh.istio.io/MeshConfig': {
    spec: [
      'outboundTrafficPolicy inboundTrafficPolicy accessLogFile accessLogFormat accessLogEncoding enableEnvoyAccessLogService',
      'disableEnvoyListenerLog enableTracing defaultConfig enablePrometheusMerge enableAutoMtls trustDomain trustDomainAliases',
      'caCertificates ca rootNamespace defaultServiceExportTo defaultVirtualServiceExportTo defaultDestinationRuleExportTo',
      'discoverySelectors serviceSettings serviceScopeConfigs localityLbSetting zoneAwareLbSetting defaultHttpRetryPolicy',
      'defaultTrafficPolicy connectTimeout tcpKeepalive h2UpgradePolicy dnsRefreshRate protocolDetectionTimeout hboneIdleTimeout',
      'proxyListenPort proxyInboundListenPort proxyHttpPort inboundClusterStatName outboundClusterStatName pathNormalization',
      'meshMTLS tlsDefaults ingressClass ingressService ingressSelector ingressControllerMode extensionProviders defaultProviders',
      'configSources',
    ].join(' '),
    'spec.caCertificates[]': 'pem spiffeBundleUrl trustDomains certSigners',
    'spec.ca': 'address tlsSettings requestTimeout istiodSide',
    'spec.pathNormalization.normalization': '=NONE =BASE =MERGE_SLASHES =DECODE_AND_MERGE_SLASHES',
    'spec.meshMTLS': 'minProtocolVersion cipherSuites ecdhCurves',
    'spec.defaultProviders': 'tracing metrics accessLogging',
    'spec.extensionProviders[]':
      'name envoyExtAuthzHttp envoyExtAuthzGrpc zipkin datadog skywalking opentelemetry prometheus stackdriver envoyFileAccessLog envoyHttpAls envoyTcpAls envoyOtelAls sds',
    'spec.extensionProviders[].envoyExtAuthzHttp':
      'service port timeout pathPrefix failOpen clearRouteCache statusOnError includeRequestHeadersInCheck includeAdditionalHeadersInCheck includeRequestBodyInCheck headersToUpstreamOnAllow headersToDownstreamOnDeny headersToDownstreamOnAllow',
    'spec.defaultConfig':
      'discoveryAddress concurrency drainDuration terminationDrainDuration holdApplicationUntilProxyStarts interceptionMode proxyAdminPort statusPort statNameLength tracing proxyStatsMatcher proxyMetadata image envoyAccessLogService envoyMetricsService statsdUdpAddress runtimeValues gatewayTopology meshId readinessProbe caCertificatesPem privateKeyProvider proxyHeaders statsCompression connectionSettings',
    'spec.defaultConfig.gatewayTopology': 'numTrustedProxies forwardClientCertDetails proxyProtocol',
    'spec.defaultConfig.proxyHeaders':
      'server requestId attemptCount envoyDebugHeaders forwardedClientCert setCurrentClientCertDetails metadataExchangeHeaders preserveHttp1HeaderCase',
    'spec.extensionProviders[].opentelemetry': 'service port http grpc resourceDetectors dynatraceSampler maxTagLength',
  },
};
