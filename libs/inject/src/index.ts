export { captureRules, passthroughAddress, type CaptureOptions, type IpFamily } from './capture/capture-rules.ts';
