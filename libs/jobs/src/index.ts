export { RecurringJobs, type RecurringJob, type RecurringJobsParams } from './recurring-jobs.ts';
