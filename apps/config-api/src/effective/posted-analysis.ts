import { documentationUrl, originText, type Finding } from '@malla/analyze';
import { findKind, formatPath, groupOf, parseManifests, type ManifestEntry, type Problem } from '@malla/model';
import { requireAccess, type Caller } from '../access/caller.ts';
import { isNamespaceKey } from '../resources/namespaces.ts';
import type { AnalysisIndex } from '../resources/analysis-index.ts';
import type { ResourceReads } from '../resources/resource-reads.ts';
import { badRequest } from '../rest/api-status.ts';

/** Most objects of one request. */
const mostObjects = 1_000;

/** A finding for programs. */
export interface PostedFinding {
  readonly code: string;
  readonly level: 'error' | 'warning' | 'info';
  readonly message: string;
  /** Such as `VirtualService shop/web`; `Cluster` for the mesh as a whole. */
  readonly origin: string;
  /** Field; empty for the whole object. */
  readonly path: string;
  readonly documentationUrl: string;
  /** Place in what was posted, from 1; absent for objects that are stored. */
  readonly line?: number;
  readonly column?: number;
}

/** What analysis finds about posted objects. */
export interface PostedAnalysis {
  /** Errors first, then by code and origin. */
  readonly findings: readonly PostedFinding[];
  /** Documents that could not be read. */
  readonly problems: readonly Problem[];
}

export interface AnalyzePostedParams {
  readonly text: string;
  /** Of namespaced objects that name none. */
  readonly namespace: string;
  /** Findings about everything that would be there then, not only about what is posted. */
  readonly wholeMesh: boolean;
}

/** Analyses objects as if they were stored, and stores nothing. */
export class PostedAnalyses {
  readonly #reads: ResourceReads;
  readonly #index: AnalysisIndex;

  constructor(reads: ResourceReads, index: AnalysisIndex) {
    this.#reads = reads;
    this.#index = index;
  }

  /** Throws `invalid` when there is nothing to analyse, `permission_denied` for objects of namespaces that are not the caller's. */
  async analyze(caller: Caller, { text, namespace, wholeMesh }: AnalyzePostedParams): Promise<PostedAnalysis> {
    const { resources, problems } = parseManifests(text);
    if (resources.length === 0 && problems.length === 0) throw badRequest('there is no object in the body');
    if (resources.length > mostObjects) throw badRequest(`at most ${mostObjects} objects are analysed at once`);
    const entries = new Map(resources.map((entry) => inNamespace(entry, namespace)));
    const allow = (wanted: string | undefined): void =>
      requireAccess(caller, { verb: 'create', group: 'malla.io', resource: 'analyses', namespace: wanted });
    if (wholeMesh) allow(undefined);
    for (const resource of entries.keys())
      allow((isNamespace(resource) ? resource.metadata.name : resource.metadata.namespace) || undefined);
    await this.#reads.refresh();
    const found = this.#index.findingsWith([...entries.keys()], wholeMesh);
    return { findings: found.map((finding) => shown(finding, entries)), problems };
  }
}

type Entries = ReadonlyMap<ManifestEntry['resource'], ManifestEntry>;

function inNamespace(entry: ManifestEntry, namespace: string): [ManifestEntry['resource'], ManifestEntry] {
  const { resource } = entry;
  const definition = findKind(groupOf(resource.apiVersion), resource.kind);
  if (definition === undefined)
    throw badRequest(`${resource.apiVersion} has no kind ${resource.kind} that this server knows`);
  if (!definition.namespaced || (resource.metadata.namespace ?? '') !== '') return [resource, entry];
  return [{ ...resource, metadata: { ...resource.metadata, namespace } }, entry];
}

function isNamespace({ apiVersion, kind }: ManifestEntry['resource']): boolean {
  return isNamespaceKey({ group: groupOf(apiVersion), kind });
}

function shown(finding: Finding, entries: Entries): PostedFinding {
  const { code, level, message, subject, path } = finding;
  const entry = subject === undefined ? undefined : entries.get(subject.resource);
  const place = entry?.position(path);
  return {
    code,
    level,
    message,
    origin: originText(finding),
    path: formatPath(path),
    documentationUrl: documentationUrl(code),
    ...(place === undefined ? {} : { line: place.line, column: place.column }),
  };
}
