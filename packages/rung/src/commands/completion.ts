import { buildCommand, buildRouteMap, proposeCompletions as propose } from '@stricli/core';
import { createContext } from '../context.ts';

const scripts = {
  bash: `_rung() { mapfile -t COMPREPLY < <(rung __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null); }\ncomplete -o default -F _rung rung\n`,
  zsh: `#compdef rung\n_rung() { local -a found; found=("\${(@f)$(rung __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}"); compadd -a found }\ncompdef _rung rung\n`,
  fish: `complete -c rung -f -a '(rung __complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'\n`,
};

export const completionRoutes = buildRouteMap({
  routes: { bash: scriptCommand('bash'), zsh: scriptCommand('zsh'), fish: scriptCommand('fish') },
  docs: { brief: 'Print the completion script of a shell, e.g. eval "$(rung completion bash)"' },
});

/** What the scripts ask: the words so far, and back come the words that may follow. */
export const proposeCompletions = buildCommand({
  docs: { brief: 'Propose what may follow' },
  parameters: {
    positional: { kind: 'array', parameter: { parse: String, brief: 'Words so far', placeholder: 'words' } },
    flags: {},
  },
  async func(_flags: object, ...words: string[]) {
    const { application } = await import('../application.ts');
    const proposals = await propose(application, words, createContext(process));
    for (const { completion } of proposals) process.stdout.write(`${completion}\n`);
  },
});

function scriptCommand(shell: keyof typeof scripts): ReturnType<typeof buildCommand> {
  return buildCommand({
    docs: { brief: `Completion for ${shell}` },
    parameters: {},
    func() {
      process.stdout.write(scripts[shell]);
    },
  });
}
