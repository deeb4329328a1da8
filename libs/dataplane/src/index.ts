// How the program (`@malla/dataplane/program`) is run
export { programNodeOptions } from './program/node-options.ts';
