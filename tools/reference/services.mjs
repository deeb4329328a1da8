// The five services as their programs define them, from the build.
import { commonSettings } from '@malla/observability';
import { certificateAuthority } from '../../apps/certificate-authority/dist/service.js';
import { ConfigApi } from '../../apps/config-api/dist/config-api.js';
import { discoveryService } from '../../apps/discovery/dist/service.js';
import { policyTelemetry } from '../../apps/policy-telemetry/dist/service.js';
import { captureSettings } from '../../apps/proxy-agent/dist/capture/capture-settings.js';
import { proxyAgent } from '../../apps/proxy-agent/dist/service.js';

const VERSION = '0.1.0';

/**
 * @typedef {object} Service
 * @property {string} name @property {string} description
 * @property {import('@malla/settings').Setting<unknown>[]} settings its own, then the common ones
 */

/** @type {Service[]} */
export const services = [
  certificateAuthority(VERSION),
  new ConfigApi().definition,
  discoveryService(VERSION),
  policyTelemetry(VERSION),
  proxyAgent(VERSION),
].map(({ name, description, settings, httpPort }) => ({
  name,
  description,
  settings: [...Object.values(settings), ...Object.values(commonSettings(httpPort))],
}));

/** The step that captures a workload's traffic: a program of proxy-agent, and no service. */
export const captureStep = {
  description: 'Makes the iptables rules that send the traffic of a network namespace through its proxy',
  settings: Object.values(captureSettings),
};
