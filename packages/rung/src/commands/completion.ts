import { buildCommand, buildRouteMap, type Command, type CommandContext } from '@stricli/core';

const scripts = {
  bash: `_rung() { mapfile -t COMPREPLY < <(rung __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null); }\ncomplete -o default -F _rung rung\n`,
  zsh: `#compdef rung\n_rung() { local -a found; found=("\${(@f)$(rung __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}"); compadd -a found }\ncompdef _rung rung\n`,
  fish: `complete -c rung -f -a '(rung __complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'\n`,
};

export const completionRoutes = buildRouteMap({
  routes: { bash: scriptCommand('bash'), zsh: scriptCommand('zsh'), fish: scriptCommand('fish') },
  docs: { brief: 'Print the completion script of a shell, e.g. eval "$(rung completion bash)"' },
});

function scriptCommand(shell: keyof typeof scripts): Command<CommandContext> {
  return buildCommand({
    docs: { brief: `Completion for ${shell}` },
    parameters: {},
    func() {
      process.stdout.write(scripts[shell]);
    },
  });
}
