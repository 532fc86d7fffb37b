import type { CommandContext, StricliDynamicCommandContext } from '@stricli/core';

/** What every command works with. */
export function createContext(process: NodeJS.Process): StricliDynamicCommandContext<CommandContext> {
  // The library's type of a process says of `exitCode` that it is a number or missing; Node's may also be undefined, which means the same.
  return { process: process as CommandContext['process'] };
}
