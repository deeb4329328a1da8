import { describeBuiltinConformance } from './envoy-suite.ts';

describeBuiltinConformance('delta');
