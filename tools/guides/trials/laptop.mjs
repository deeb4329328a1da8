// The guide of the first hour, on a machine with git, Node.js 20 and npm.
import { needRoom, roomTerminal } from './clean-room.mjs';

/** @type {import('../main.mjs').Guide} */
export const laptop = {
  files: ['README.md', 'docs/guides/getting-started.md'],
  async open({ echo }) {
    needRoom();
    const terminal = roomTerminal({ echo });
    return { terminal: () => Promise.resolve(terminal), close: () => terminal.close() };
  },
};
