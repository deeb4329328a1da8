import { runService } from '@malla/observability';
import { certificateAuthority } from './service.ts';

await runService(certificateAuthority('0.1.0'));
