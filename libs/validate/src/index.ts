// One resource by itself
export { validate, validateObject } from './validate.ts';
// One resource among others
export { validateReferences, type ReferenceOptions, type ResourceReader } from './references/validate-references.ts';
export { HostIndex, type HostKind } from './references/host-index.ts';
// Codes
export { analysisCodes } from './findings.ts';
