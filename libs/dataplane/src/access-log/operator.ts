import type { LogFacts } from './log-facts.ts';

/** What an operator gives; undefined prints as `-` in text and is null in JSON. */
export type LogValue = string | number | boolean | Readonly<Record<string, unknown>> | readonly unknown[] | undefined;

/** One %COMMAND(argument)% of a format. */
export type LogOperator = (facts: LogFacts) => LogValue;

/** Makes an operator of its argument; undefined argument: there were no brackets. Undefined: such an argument makes no sense. */
export type OperatorMaker = (argument: string | undefined) => LogOperator | undefined;

/** An operator that takes no argument. */
export function plain(operator: LogOperator): OperatorMaker {
  return () => operator;
}

/** Text is undefined when it is empty, as Envoy prints it. */
export function textOr(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
