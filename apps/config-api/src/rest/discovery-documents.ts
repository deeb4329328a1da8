import { kinds, type KindDefinition } from '@malla/model';
import { reviewKinds, reviewVersion, type ReviewKind } from '../reviews/review-kinds.ts';
import { httpError } from './api-status.ts';
import { hasStatus } from './present.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;

/** `/api`: the versions of the core group. */
export function coreVersions(address: string): object {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
  };
}

/** `/apis`: all named groups. */
export function groupList(): object {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupNames().map(groupOfName) };
}

/** `/apis/<group>`. */
export function groupDocument(group: string): object {
  if (!groupNames().includes(group)) throw httpError('not_found', `group ${group} is not served`, {});
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupOfName(group) };
}

/** `/api/v1` and `/apis/<group>/<version>`: the kinds of a version. */
export function resourceList(group: string, version: string): object {
  const served = kinds.filter((kind) => kind.group === group && kind.versions.includes(version));
  const groupVersion = group === '' ? version : `${group}/${version}`;
  const reviews = version === reviewVersion ? reviewKinds.filter((kind) => kind.group === group) : [];
  if (served.length + reviews.length === 0) throw httpError('not_found', `${groupVersion} is not served`, {});
  const resources = [...served.flatMap(resourcesOf), ...reviews.map(reviewResource)];
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}

/** `/version`, in the shape that kubectl reads: it warns unless its own version is within one minor of this. */
export function versionDocument(version: string): object {
  return {
    major: '1',
    minor: '32',
    gitVersion: `v1.32.0+malla-${version}`,
    gitTreeState: 'clean',
    platform: `${process.platform}/${process.arch}`,
    compiler: 'node',
    goVersion: process.version,
  };
}

function groupNames(): readonly string[] {
  return [...new Set([...kinds, ...reviewKinds].map(({ group }) => group))].filter((group) => group !== '').sort();
}

function groupOfName(name: string): object {
  const served = kinds.filter(({ group }) => group === name).flatMap((kind) => kind.versions);
  const versions = [...new Set(served.length === 0 ? [reviewVersion] : served)];
  const entries = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: entries, preferredVersion: entries[0] };
}

const tokenResource = {
  name: 'serviceaccounts/token',
  singularName: '',
  namespaced: true,
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenRequest',
  verbs: ['create'],
};

function reviewResource({ plural, kind, namespaced }: ReviewKind): object {
  return { name: plural, singularName: kind.toLowerCase(), namespaced, kind, verbs: ['create'] };
}

function resourcesOf(definition: KindDefinition): object[] {
  const { plural, singular, namespaced, kind, shortNames } = definition;
  return [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs,
      ...(shortNames.length > 0 ? { shortNames } : {}),
      ...(definition.categories.length > 0 ? { categories: definition.categories } : {}),
    },
    ...(hasStatus(definition)
      ? [{ name: `${plural}/status`, singularName: '', namespaced, kind, verbs: ['get', 'patch', 'update'] }]
      : []),
    ...(definition.kind === 'ServiceAccount' ? [tokenResource] : []),
  ];
}
