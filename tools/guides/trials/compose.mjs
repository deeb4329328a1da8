// The guide of docker-compose: a fresh clone of HEAD, with this machine's Docker engine.
import { runQuietly } from '../../setup/process.mjs';
import { SetupError } from '../../setup/report.mjs';
import { openClone } from './clone.mjs';

/** @type {import('../main.mjs').Guide} */
export const compose = {
  files: ['docs/guides/compose.md'],
  async open({ echo }) {
    const { code } = await runQuietly(['docker', 'info']);
    if (code !== 0) throw new SetupError('no Docker engine answers');
    const clone = await openClone({ echo });
    return {
      terminal: () => Promise.resolve(clone.terminal),
      async close() {
        // Whatever the guide has started ends, also when it was not done to its end.
        const down = 'down --volumes --remove-orphans';
        const profiles = '--profile tools --profile observability';
        const compose =
          'if docker compose version >/dev/null 2>&1; then echo docker compose; else echo docker-compose; fi';
        await clone.terminal.run(`$(${compose}) ${profiles} ${down}`, 300_000);
        await clone.close();
      },
    };
  },
};
