import { complaint, type Complaint } from './complaint.ts';
import { isFieldValue } from './names.ts';

const hint = 'write %% for a percent sign, and %NAME% or %NAME(argument)% for a variable';

/**
 * What is wrong with the value of a header that is set, or undefined. `%NAME%` and `%NAME(argument)%` are variables, whose names are
 * not looked at. Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#custom-request-response-headers
 */
export function headerValueProblem(value: string): Complaint | undefined {
  if (!isFieldValue(value))
    return complaint('must not have line breaks or control characters', 'write the value on one line');
  let at = value.indexOf('%');
  while (at >= 0) {
    const end = value[at + 1] === '%' ? at + 2 : endOfVariable(value, at + 1);
    if (typeof end === 'string') return complaint(end, hint);
    at = value.indexOf('%', end);
  }
  return undefined;
}

/** Where a variable ends, after its closing `%`; or why it does not. */
function endOfVariable(value: string, start: number): number | string {
  let at = start;
  while (at < value.length && value[at] !== '%' && value[at] !== '(') at++;
  if (at === value.length) return start === at ? 'ends in a single percent sign' : 'has a variable without an end';
  if (value[at] === '%') return at + 1;
  at = skipSpaces(value, at + 1);
  const closed = value[at] === '[' ? endOfList(value, at + 1) : endOfText(value, at, false);
  if (typeof closed === 'string') return closed;
  at = skipSpaces(value, closed);
  return value[at] === '%' ? at + 1 : 'has a variable whose ")" no "%" follows';
}

/** After `["a", "b"])`. */
function endOfList(value: string, start: number): number | string {
  let at = start;
  for (;;) {
    at = skipSpaces(value, at);
    if (value[at] !== '"') return 'has a list of arguments in which a quotation mark is missing';
    const text = endOfText(value, at + 1, true);
    if (typeof text === 'string') return text;
    if (value[text - 1] === ')') return text;
    at = skipSpaces(value, text);
    if (value[at] === ',') at++;
    else if (value[at] === ']') break;
    else return 'has a list of arguments in which "," or "]" is missing';
  }
  at = skipSpaces(value, at + 1);
  return value[at] === ')' ? at + 1 : 'has a list of arguments that no ")" follows';
}

/** After the `)`, or in a list after the quotation mark, that ends a text; a backslash escapes. */
function endOfText(value: string, start: number, inList: boolean): number | string {
  for (let at = start; at < value.length; at++) {
    if (value[at] === '\\') at++;
    else if (value[at] === ')' || (inList && value[at] === '"')) return at + 1;
  }
  return 'has a variable without an end';
}

function skipSpaces(value: string, start: number): number {
  let at = start;
  while (value[at] === ' ') at++;
  return at;
}
