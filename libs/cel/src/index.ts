export { compileCel, type CelBudget, type CelProgram } from './compile.ts';
export { celTypes, listOf, mapOf, type CelType } from './cel-type.ts';
export { CelDuration, CelError, CelTimestamp, type CelLookup } from './cel-value.ts';
export { CelCompileError, type CelDialect } from './code.ts';
