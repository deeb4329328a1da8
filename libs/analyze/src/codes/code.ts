/** How bad a finding is; Istio writes them with a capital. */
export type Level = 'error' | 'warning' | 'info';

/** From bad to harmless. */
export const levels: readonly Level[] = ['error', 'warning', 'info'];

/** An argument of a message: lists are written as Istio writes them, `[a b]`. */
export type Argument = string | number | readonly (string | number)[];

/** One kind of finding. */
export interface CodeDefinition {
  readonly code: string;
  /** Istio's name of the message, such as `ReferencedResourceNotFound`. */
  readonly name: string;
  readonly level: Level;
  /** What it means, as one sentence. */
  readonly meaning: string;
  /** Names of the arguments, in the order of Istio's message. */
  readonly args: readonly string[];
  /** The message for people; `{0}` is the first argument. Lower case and without a period at the end. */
  readonly text: string;
  /** What to do. */
  readonly fix: string;
}

/** `[a b]` for lists; everything else as it is. */
export function argumentText(argument: Argument): string {
  return Array.isArray(argument) ? `[${argument.join(' ')}]` : String(argument);
}

/** The message of a code with its arguments. */
export function messageOf(definition: CodeDefinition, args: readonly Argument[]): string {
  return definition.text.replaceAll(/\{(\d+)\}/g, (_, index: string) => argumentText(args[Number(index)] ?? ''));
}
