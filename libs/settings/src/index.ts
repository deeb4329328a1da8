// Describing settings
export {
  optionalSetting,
  setting,
  type Setting,
  type SettingParams,
  type SettingsOf,
  type SettingsSpec,
} from './setting.ts';
export {
  bool,
  choice,
  duration,
  hostPort,
  hostPortList,
  integer,
  list,
  pairs,
  path,
  port,
  secret,
  text,
  url,
  type HostPort,
  type TextSchema,
} from './kinds.ts';
export { PrivateText } from '@malla/ir';
// Reading them
export {
  formatProblems,
  likelyTypos,
  loadSettings,
  type LoadedSettings,
  type SettingProblem,
} from './load-settings.ts';
export { processInput, type SettingsInput } from './process-input.ts';
export { helpText, printableSettings } from './help.ts';
// Writing values
export { formatDuration, formatHostPort, formOf, parseHostPort } from './kinds.ts';
// Files on this machine
export { PrivateFolder } from './private-folder.ts';
export { findBinary, type FindBinaryParams, type FoundBinary } from './find-binary.ts';
