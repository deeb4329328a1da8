import { plainHeaderText } from './header-text.ts';

/** Variables of the process that runs the configuration. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A text with Envoy's %ENVIRONMENT(NAME)% in it; `-` stands for a variable that is not there, as in Envoy, which reads them once too. Other
 * commands are refused.
 */
export function environmentText(text: string, environment: Environment, tell: (problem: string) => void): string {
  const parts = text.split(/%ENVIRONMENT\(([^)%]+)\)%/);
  // Every second part is a name that the pattern has taken out.
  return parts
    .map((part, index) => (index % 2 === 1 ? (environment[part] ?? '-') : plainHeaderText(part, tell)))
    .join('');
}
