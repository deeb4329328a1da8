import 'reflect-metadata';
import { runService } from '@malla/observability';
import { proxyAgent } from './service.ts';

await runService(proxyAgent('0.1.0'));
