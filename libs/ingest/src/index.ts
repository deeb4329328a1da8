// xDS resources to what the data plane runs
export {
  ingestCluster,
  ingestEndpoints,
  ingestListener,
  ingestResource,
  ingestRoutes,
  ingestSecret,
  type IngestedResource,
} from './ingest.ts';
export { ingestBootstrap } from './bootstrap/ingest-bootstrap.ts';
// What it refers to
export { referencesOf, type ResourceReferences } from './references.ts';
// Results
export type { IngestResult, Problem } from './result.ts';
