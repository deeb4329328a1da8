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
        await clone.terminal.run(
          'for compose in "docker compose" docker-compose; do $compose down --volumes --remove-orphans && break; done',
          300_000,
        );
        await clone.close();
      },
    };
  },
};
