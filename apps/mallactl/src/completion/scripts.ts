import { UsageError } from '../failure.ts';
import type { CommandInput } from '../command.ts';

/** `completion SHELL`: a script that asks `mallactl __complete` for candidates, one per line. */
export async function completion({ args, terminal }: CommandInput<unknown>): Promise<void> {
  const script = scripts[args[0] ?? ''];
  if (script === undefined)
    throw new UsageError(`"${args[0] ?? ''}" is not a known shell; there are ${Object.keys(scripts).join(', ')}`);
  terminal.out(script);
}

const bash = `# bash completion of mallactl; use: source <(mallactl completion bash)
_mallactl() {
  local IFS=$'\\n'
  local word="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=($(compgen -W "$(mallactl __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "$word"))
  if [ "\${#COMPREPLY[@]}" -eq 0 ]; then COMPREPLY=($(compgen -f -- "$word")); fi
}
complete -F _mallactl mallactl
`;

const zsh = `#compdef mallactl
# zsh completion of mallactl; use: source <(mallactl completion zsh)
_mallactl() {
  local -a candidates
  candidates=("\${(@f)$(mallactl __complete "\${(@)words[2,$CURRENT]}" 2>/dev/null)}")
  if [ -n "\${candidates[1]}" ]; then compadd -- "\${candidates[@]}"; else _files; fi
}
compdef _mallactl mallactl
`;

const fish = `# fish completion of mallactl; use: mallactl completion fish | source
function __mallactl_complete
  set -l words (commandline -opc) (commandline -ct)
  mallactl __complete $words[2..-1] 2>/dev/null
end
complete -c mallactl -f -a '(__mallactl_complete)'
complete -c mallactl -s f -l filename -r -F
`;

const scripts: Readonly<Record<string, string>> = { bash, zsh, fish };
