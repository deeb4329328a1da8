// One shell of a trial: what a person types into one terminal. Variables, functions, folder and jobs stay from command to command.
import { spawn } from 'node:child_process';

/** A command ended, or the shell did. @typedef {{ code: number, output: string }} Result */

const QUOTE = 'END_OF_THE_GUIDES_COMMAND';

/** How much of a command's output is kept, in characters. */
const KEPT = 400_000;

export class Terminal {
  #child;
  #output = '';
  #waiting;
  #count = 0;
  #ended = false;
  #echo;

  /**
   * @param {string[]} command that becomes a bash which reads commands from its standard input
   * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, echo?: (text: string) => void }} [options]
   */
  constructor([file, ...args], { cwd, env, echo } = {}) {
    this.#echo = echo ?? (() => undefined);
    // A process group of its own: closing ends what was started in the background as well.
    this.#child = spawn(file, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    this.#child.stdout.setEncoding('utf8').on('data', (text) => this.#take(text));
    this.#child.stderr.setEncoding('utf8').on('data', (text) => this.#take(text));
    this.#child.stdin.on('error', () => undefined);
    this.#child.on('error', (error) => this.#end(`${file}: ${error.message}`));
    this.#child.on('close', (code) => this.#end(`the shell ended with ${code}`));
  }

  /** Runs a command to its end. @param {string} text @param {number} withinMs @returns {Promise<Result>} code 124 when it took too long */
  run(text, withinMs) {
    const number = ++this.#count;
    this.#output = '';
    return new Promise((resolve) => {
      const settle = (code) => {
        clearTimeout(timer);
        this.#waiting = undefined;
        resolve({ code, output: this.#output });
      };
      const timer = setTimeout(() => settle(124), withinMs);
      this.#waiting = { mark: new RegExp(`\\u001e${number} (\\d+)\\u001e\\n?`), settle };
      if (this.#ended) return settle(127);
      // Nothing of a command may read what is typed next. Whichever line of several fails, it counts.
      const command = `eval "$(cat <<'${QUOTE}'\n${text}\n${QUOTE}\n)" </dev/null 2>&1`;
      this.#child.stdin.write(
        `guide_failed=0; trap 'guide_failed=$?' ERR; ${command}; guide_code=$?; trap - ERR; ` +
          `[ $guide_code != 0 ] || guide_code=$guide_failed; printf '\\036%s %s\\036\\n' ${number} $guide_code\n`,
      );
    });
  }

  /** Ends the shell and everything that was started in it. */
  async close() {
    if (this.#ended) return;
    const closed = new Promise((resolve) => this.#child.once('close', resolve));
    // The first process of a namespace heeds no signal but ends with what it reads, and all others there with it.
    this.#child.stdin.end();
    const timers = [setTimeout(() => this.#kill('SIGTERM'), 300), setTimeout(() => this.#kill('SIGKILL'), 5_000)];
    await closed;
    for (const timer of timers) clearTimeout(timer);
    this.#kill('SIGKILL');
  }

  #kill(signal) {
    try {
      process.kill(-this.#child.pid, signal);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }

  #take(text) {
    this.#output += text;
    const mark = this.#waiting?.mark.exec(this.#output);
    this.#echo(text.replaceAll(/\u001e\d+ \d+\u001e\n?/g, ''));
    if (mark === null || mark === undefined) {
      if (this.#output.length > 2 * KEPT) this.#output = this.#output.slice(-KEPT);
      return;
    }
    this.#output = this.#output.slice(0, mark.index).slice(-KEPT);
    this.#waiting.settle(Number(mark[1]));
  }

  #end(reason) {
    this.#ended = true;
    this.#output += `\n${reason}\n`;
    this.#waiting?.settle(127);
  }
}
