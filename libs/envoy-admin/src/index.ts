// Metrics
export { renameIstioMetrics } from './rename-istio-metrics.ts';
