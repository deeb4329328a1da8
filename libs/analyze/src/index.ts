// Analysis of a set of resources
export { analyze, selectAnalyzers, type Analysis, type AnalyzeOptions } from './analyze.ts';
export { type AnalysisView, type Analyzer } from './analyzer.ts';
export { allAnalyzers } from './analyzers/all-analyzers.ts';
export { ResourceSet, type Derivation } from './resources/resource-set.ts';
export { defaultCluster, originOf, subjectOf, type Subject } from './resources/subject.ts';
export { meshFacts, type MeshFacts } from './resources/mesh.ts';
export { defaultGateway } from './resources/default-gateway.ts';
export {
  clusterKinds,
  ignoredNamespaces,
  kindRefOf,
  kindRefs,
  runtimeKinds,
  type KindRef,
} from './resources/kind-refs.ts';
export { type ChangedDefault, type Environment, type PodListener } from './resources/environment.ts';
export { meshOfSet, meshConfigRef } from './resources/mesh-of-set.ts';
// Findings
export { findingOf, isAtLeast, originText, sortFindings, type Finding } from './finding.ts';
export { isSuppressed, parseSuppression, suppressAnnotation, type Suppression } from './suppress.ts';
// Codes
export { levels, type Argument, type CodeDefinition, type Level } from './codes/code.ts';
export { analysisMessages, documentationUrl, findCode } from './codes/find-code.ts';
// Findings for people and programs
export { type Locate, type Place } from './output/place.ts';
export { githubLineOf, levelText, lineOf, rowOf, type FindingRow, type Paint } from './output/rows.ts';
export { sarifOf } from './output/sarif.ts';
