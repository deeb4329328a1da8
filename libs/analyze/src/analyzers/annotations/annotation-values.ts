import { parse } from 'yaml';

/** What is wrong with a value, or undefined. */
export type ValueCheck = (value: string) => string | undefined;

const unsigned: ValueCheck = (value) =>
  /^\d+$/.test(value) && Number(value) <= 0xffff_ffff ? undefined : `"${value}" is not a whole number from 0 on`;

const isPort = (text: string) => /^\d+$/.test(text.trim()) && Number(text) <= 0xffff;

const port: ValueCheck = (value) => (isPort(value) ? undefined : `"${value}" is not a port`);

const ports: ValueCheck = (value) => {
  const wrong = value.trim() === '' ? undefined : value.split(',').find((each) => !isPort(each));
  return wrong === undefined ? undefined : `"${wrong}" is not a port`;
};

const allOrPorts: ValueCheck = (value) => (value === '*' ? undefined : ports(value));

const ranges: ValueCheck = (value) => {
  const wrong = value === '' ? undefined : value.split(',').find((each) => !isRange(each));
  return wrong === undefined ? undefined : `"${wrong}" is not a range such as 10.0.0.0/8`;
};

const allOrRanges: ValueCheck = (value) => (value === '*' ? undefined : ranges(value));

function isRange(text: string): boolean {
  const [, address = '', length = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const bytes = address.split('.');
  if (bytes.length === 4)
    return Number(length) <= 32 && bytes.every((b) => /^(0|[1-9]\d{0,2})$/.test(b) && Number(b) < 256);
  return length !== '' && Number(length) <= 128 && isIpv6(address);
}

function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const isComplete = halves.length === 1 ? groups.length === 8 : groups.length < 8;
  return isComplete && groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group));
}

const interfaces: ValueCheck = (value) => {
  if (value === '') return undefined;
  const wrong = value.split(',').find((each) => !/^[A-Za-z0-9_.-]{1,15}$/.test(each.trim()));
  return wrong === undefined ? undefined : `"${wrong}" is not the name of a network interface`;
};

/** As Go reads booleans. */
const boolean: ValueCheck = (value) =>
  /^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(value) ? undefined : `"${value}" is not true or false`;

/** Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const quantity: ValueCheck = (value) =>
  /^[+-]?(\d+(\.\d*)?|\.\d+)(([KMGTPE]i)|[numkMGTPE]|([eE][+-]?\d+))?$/.test(value)
    ? undefined
    : `"${value}" is not a quantity such as 100m or 128Mi`;

const mode: ValueCheck = (value) =>
  ['REDIRECT', 'TPROXY', 'NONE'].includes(value) ? undefined : `"${value}" is none of REDIRECT, TPROXY, NONE`;

const proxyConfig: ValueCheck = (value) => {
  try {
    const parsed: unknown = parse(value);
    const isObject = parsed === null || (typeof parsed === 'object' && !Array.isArray(parsed));
    return isObject ? undefined : 'is not an object of ProxyConfig';
  } catch {
    return 'is not YAML';
  }
};

/** Checks of values by annotation. Source: Istio pkg/kube/inject, AnnotationValidation */
export const annotationValues: Readonly<Record<string, ValueCheck>> = {
  'sidecar.istio.io/interceptionMode': mode,
  'status.sidecar.istio.io/port': port,
  'readiness.status.sidecar.istio.io/initialDelaySeconds': unsigned,
  'readiness.status.sidecar.istio.io/periodSeconds': unsigned,
  'readiness.status.sidecar.istio.io/failureThreshold': unsigned,
  'traffic.sidecar.istio.io/includeOutboundIPRanges': allOrRanges,
  'traffic.sidecar.istio.io/excludeOutboundIPRanges': ranges,
  'traffic.sidecar.istio.io/includeInboundPorts': allOrPorts,
  'traffic.sidecar.istio.io/excludeInboundPorts': ports,
  'traffic.sidecar.istio.io/excludeOutboundPorts': ports,
  'traffic.sidecar.istio.io/excludeInterfaces': interfaces,
  'traffic.sidecar.istio.io/kubevirtInterfaces': interfaces,
  'istio.io/reroute-virtual-interfaces': interfaces,
  'prometheus.istio.io/merge-metrics': boolean,
  'proxy.istio.io/config': proxyConfig,
  'sidecar.istio.io/proxyCPU': quantity,
  'sidecar.istio.io/proxyMemory': quantity,
  'sidecar.istio.io/proxyCPULimit': quantity,
  'sidecar.istio.io/proxyMemoryLimit': quantity,
};
