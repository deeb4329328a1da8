import { describeEnvoyConformance } from './envoy-suite.ts';

describeEnvoyConformance('delta');
