import 'reflect-metadata';
import { runService } from '@malla/observability';
import { ConfigApi } from './config-api.ts';

await runService(new ConfigApi().definition);
