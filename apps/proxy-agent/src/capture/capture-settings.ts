import { bool, integer, list, optionalSetting, path, setting, type SettingsOf } from '@malla/settings';

/** Settings of the step that makes the rules of interception REDIRECT in a network namespace. */
export const captureSettings = {
  proxyUser: setting({
    env: 'MALLA_CAPTURE_PROXY_USER',
    schema: integer({ min: 0, max: 2 ** 32 - 2 }),
    default: '1337',
    description: 'User and group that the agent runs as: their connections are left alone.',
  }),
  excludedInboundPorts: setting({
    env: 'MALLA_CAPTURE_EXCLUDE_INBOUND_PORTS',
    schema: list(),
    default: '',
    description: 'Ports that peers reach without the proxy.',
  }),
  excludedOutboundPorts: setting({
    env: 'MALLA_CAPTURE_EXCLUDE_OUTBOUND_PORTS',
    schema: list(),
    default: '',
    description: 'Ports that the application reaches without the proxy.',
  }),
  excludedOutboundRanges: setting({
    env: 'MALLA_CAPTURE_EXCLUDE_OUTBOUND_RANGES',
    schema: list(),
    default: '',
    description: 'Address ranges (CIDR) that the application reaches without the proxy.',
  }),
  hold: setting({
    env: 'MALLA_CAPTURE_HOLD',
    schema: bool(),
    default: 'false',
    description:
      'Do not end, but keep the namespace open for other containers, as user 65532 and without any capability. Needs the program sleep.',
  }),
  readyFile: optionalSetting({
    env: 'MALLA_CAPTURE_READY_FILE',
    schema: path(),
    description: 'Written when the rules are there; for a health check.',
  }),
};

/** The values of {@link captureSettings}. */
export type CaptureSettings = SettingsOf<typeof captureSettings>;
