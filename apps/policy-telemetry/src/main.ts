import 'reflect-metadata';
import { runService } from '@malla/observability';
import { policyTelemetry } from './service.ts';

await runService(policyTelemetry('0.1.0'));
