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
// Results
export type { IngestResult, Problem } from './result.ts';
export type { Environment } from './wire/environment-text.ts';
