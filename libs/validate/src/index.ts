// One resource by itself
export { validate, validateObject } from './validate.ts';
// Codes
export { analysisCodes } from './findings.ts';
