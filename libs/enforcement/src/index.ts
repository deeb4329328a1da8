export { enforce, type Enforced } from './enforce.ts';
export { describeCut, type Cut, type CutEffect } from './cuts.ts';
export { enforcedFields, enforcementOf } from './enforced-fields.ts';
