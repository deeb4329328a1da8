import { complaint, type Complaint } from './complaint.ts';

/** What is wrong with a whole percentage, or undefined. */
export function percentProblem(value: number | undefined): Complaint | undefined {
  return value === undefined || (value >= 0 && value <= 100)
    ? undefined
    : complaint('must be between 0 and 100', 'give a percentage');
}

/** As {@link percentProblem}, for a fraction: Envoy counts in millionths, so that less than 0.0001 would be nothing. */
export function fractionProblem(value: number | undefined): Complaint | undefined {
  if (value !== undefined && value > 0 && value < 0.0001)
    return complaint('is too small: at least 0.0001, or 0', 'give a percentage, such as 0.5 for one in 200');
  return percentProblem(value);
}
