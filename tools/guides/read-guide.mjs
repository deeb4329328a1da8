// A guide as steps to do: its fenced blocks, and what comments before them say. Readers of the guide see no comment.

/**
 * What a comment `<!-- try: ... -->` says of the next block:
 *
 *     skip WHY                      it is not done
 *     on PLACE                      it is done there; other places keep their folder, variables and jobs. Default: the first of the trial
 *     background until /REGEX/      it goes on running; the next step waits until its output matches
 *     within N s                    how long it may take, or be repeated; default 120 s
 *     repeat                        a command of a console block is done again until it gives what the guide shows
 *     any order                     what is shown may come in another order
 *     fails                         its commands end with another code than 0
 *     file NAME                     what it shows is the content of that file, below the folder where the place is
 *     instead NAME                  the trial does something of its own, which has the same effect where it runs
 *
 * @typedef {object} Directives
 * @property {string} [skip] @property {string} [on] @property {RegExp} [background] @property {number} withinMs
 * @property {boolean} repeat @property {boolean} anyOrder @property {boolean} fails @property {string} [file] @property {string} [instead]
 */

/**
 * @typedef {object} Command
 * @property {string} text @property {string[]} expected lines that the guide shows; none: its exit code counts
 *
 * @typedef {object} Step
 * @property {number} line of the block's first line in the guide
 * @property {Directives} directives
 * @property {string} text the block as it stands
 * @property {Command[]} commands of `sh` the whole block, of `console` one for each prompt; none of other languages
 */

const COMMENT = /^<!--\s*try:\s*(.*?)\s*-->$/;
const FENCE = /^```(\S*)\s*$/;
const DEFAULT_WITHIN_MS = 120_000;

/** @param {string} markdown @returns {Step[]} @throws {Error} with the line of a directive that is not known, or of a block that does not end */
export function readGuide(markdown) {
  const lines = markdown.split('\n');
  const steps = [];
  let directives = newDirectives();
  for (let i = 0; i < lines.length; i++) {
    const comment = COMMENT.exec(lines[i].trim());
    if (comment !== null) addDirective(directives, comment[1], i + 1);
    const fence = FENCE.exec(lines[i]);
    if (fence === null) continue;
    const end = lines.indexOf('```', i + 1);
    if (end === -1) throw new Error(`line ${i + 1}: the block does not end`);
    const step = stepOf(fence[1], lines.slice(i + 1, end), directives, i + 2);
    if (step !== undefined) steps.push(step);
    directives = newDirectives();
    i = end;
  }
  return steps;
}

function newDirectives() {
  return { withinMs: DEFAULT_WITHIN_MS, repeat: false, anyOrder: false, fails: false };
}

function addDirective(directives, text, line) {
  for (const part of text.split(/\s*;\s*/)) {
    const [word, ...rest] = part.split(/\s+/);
    const value = rest.join(' ');
    if (word === 'skip') directives.skip = value;
    else if (word === 'on' && value !== '') directives.on = value;
    else if (word === 'file' && value !== '') directives.file = value;
    else if (word === 'instead' && value !== '') directives.instead = value;
    else if (part === 'repeat' || part === 'fails') directives[part] = true;
    else if (part === 'any order') directives.anyOrder = true;
    else if (/^within \d+ s$/.test(part)) directives.withinMs = Number(rest[0]) * 1000;
    else if (/^background until \/.+\/$/.test(part)) directives.background = new RegExp(part.slice(18, -1), 'm');
    else throw new Error(`line ${line}: no such directive: ${part}`);
  }
}

/** Undefined for a block that nobody does: sample output, or a file that is only shown. */
function stepOf(language, block, directives, line) {
  const common = { line, directives, text: block.join('\n') };
  if (directives.file !== undefined || directives.instead !== undefined) return { ...common, commands: [] };
  if (language === 'sh') return { ...common, commands: [{ text: common.text, expected: [] }] };
  if (language === 'console') return { ...common, commands: promptsOf(block) };
  return undefined;
}

/** Commands after `$ `, each with the lines up to the next; a command goes on in the next line after a backslash. */
function promptsOf(block) {
  const commands = [];
  let open = false;
  for (const line of block) {
    const last = commands.at(-1);
    if (open) last.text += `\n${line}`;
    else if (line.startsWith('$ ')) commands.push({ text: line.slice(2), expected: [] });
    else last?.expected.push(line);
    open = (open || line.startsWith('$ ')) && line.endsWith('\\');
  }
  return commands;
}
