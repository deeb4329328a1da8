import { describeBuiltinConformance } from './envoy-suite.ts';

describeBuiltinConformance('sotw');
