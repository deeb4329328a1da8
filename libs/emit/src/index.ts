export { Emitter, type EmitInput, type XdsResources } from './emitter.ts';
