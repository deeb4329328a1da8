import 'reflect-metadata';
import { runService } from '@malla/observability';
import { discoveryService } from './service.ts';

await runService(discoveryService('0.1.0'));
