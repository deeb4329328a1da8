// Commands of mallactl, from its command tree.
import { buildProgram } from '../../../apps/mallactl/dist/program.js';
import { cell, code, page, table } from '../markdown.mjs';

const INTRODUCTION = `\`node apps/mallactl/dist/main.js COMMAND\`. Data goes to standard output, everything else to standard error. Exit codes: 0 done;
1 failed (for \`diff\`: there is a difference); 64 wrong usage; 65 bad data; 69 server or proxy out of reach.`;

const silent = () => undefined;

function optionRow({ flags, description, argChoices, mandatory }) {
  const choices = argChoices === undefined ? '' : ` (${argChoices.join(', ')})`;
  return [mandatory ? `**${code(flags)}**` : code(flags), cell(`${description}${choices}`)];
}

/** Commands that do something, depth first, with the words that lead to them. */
function leaves(command, words) {
  const visible = command.commands.filter((each) => each._hidden !== true);
  if (visible.length > 0) return visible.flatMap((each) => leaves(each, [...words, each.name()]));
  return [{ command, words }];
}

function section({ command, words }, globals) {
  const own = command.options.filter(({ long }) => !globals.has(long));
  const parentAlias = command.parent?.alias();
  const aliases = [
    ...(words.length === 2 && parentAlias ? [`${parentAlias} ${command.alias() ?? command.name()}`] : []),
    ...(words.length === 1 && command.alias() ? [command.alias()] : []),
  ];
  const needed = command.options.filter(({ mandatory }) => mandatory).map(({ flags }) => flags.replace(/^-\w, /, ''));
  const usage = ['mallactl', ...words, command.usage(), ...needed]
    .join(' ')
    .replace('[options] ', '')
    .replace(' [options]', '');
  return [
    `## ${words.join(' ')}`,
    `${cell(command.description())}.${aliases.length === 0 ? '' : ` Short: ${aliases.map(code).join(', ')}.`}`,
    '```\n' + usage + '\n```',
    own.length === 0 ? '' : table(['option', 'meaning'], own.map(optionRow)),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** docs/reference/mallactl.md */
export function mallactlPage() {
  const program = buildProgram({
    out: silent,
    err: silent,
    terminal: () => Promise.reject(new Error('not for running')),
  });
  const globals = new Set(program.options.map(({ long }) => long));
  return page('mallactl', INTRODUCTION, [
    ['## Every command', table(['option', 'meaning'], program.options.map(optionRow))].join('\n\n'),
    ...leaves(program, []).map((leaf) => section(leaf, globals)),
  ]);
}
