import { complaint, quoted, type Complaint } from './complaint.ts';
import { isDnsLabel } from './hosts.ts';

/** What is wrong with the number of a port, or undefined. */
export function portProblem(port: number | undefined): Complaint | undefined {
  return port !== undefined && Number.isInteger(port) && port >= 1 && port <= 65535
    ? undefined
    : complaint('must be a port between 1 and 65535', 'give the number of a port');
}

/** As {@link portProblem}, for a port as text. */
export function portTextProblem(text: string): Complaint | undefined {
  return portProblem(/^[1-9]\d{0,4}$/.test(text) ? Number(text) : undefined);
}

/** What is wrong with the name of a port, or undefined: one label of a DNS name. */
export function portNameProblem(name: string): Complaint | undefined {
  return isDnsLabel(name)
    ? undefined
    : complaint(`must be the name of a port, not ${quoted(name)}`, 'use letters, digits and "-", at most 63');
}
