import { describeFuzz } from '../../test/http1/describe-fuzz.ts';

/** Another seed in every run: who finds a disagreement has it in the title. */
describeFuzz({ count: 1_000_000, seed: Date.now() % 0x7fff_ffff });
