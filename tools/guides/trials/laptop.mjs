// The guide of the first hour, on a machine with git, Node.js 20, npm and curl.
import { makeRoom, roomTerminal } from './clean-room.mjs';

/** @type {import('../main.mjs').Guide} */
export const laptop = {
  files: ['README.md', 'docs/guides/getting-started.md'],
  async open({ echo, keep }) {
    await makeRoom();
    const terminal = roomTerminal({ keep, echo });
    return {
      terminal: () => Promise.resolve(terminal),
      close: () => terminal.close(),
      instead: {
        'the address that the demo printed': async () => {
          await terminal.run(
            `SIGNALS=$(grep -ho 'http://[^ ]*/api/v1/signals' /tmp/try-guide-*.log | tail -1)`,
            10_000,
          );
        },
      },
    };
  },
};
