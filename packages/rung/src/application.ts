/** Every command of `rung`, in one flat map. */
import { buildApplication, buildRouteMap, text_en } from '@stricli/core';
import manifest from '../package.json' with { type: 'json' };
import { chaosRoutes } from './commands/chaos.ts';
import { completionRoutes } from './commands/completion.ts';
import { deployCommand } from './commands/deploy.ts';
import { describeCommand } from './commands/describe.ts';
import { downCommand } from './commands/down.ts';
import { envCommand } from './commands/env.ts';
import { keysRoutes } from './commands/keys.ts';
import { logsCommand } from './commands/logs.ts';
import { lsCommand } from './commands/ls.ts';
import { predictCommand } from './commands/predict.ts';
import { quickstartCommand } from './commands/quickstart.ts';
import { rmCommand } from './commands/rm.ts';
import { runCommand } from './commands/run.ts';
import { statusCommand } from './commands/status.ts';
import { stopCommand } from './commands/stop.ts';
import { trainCommand } from './commands/train.ts';
import { upCommand } from './commands/up.ts';
import { explain } from './explain.ts';

const routes = buildRouteMap({
  routes: {
    quickstart: quickstartCommand,
    up: upCommand,
    down: downCommand,
    status: statusCommand,
    env: envCommand,
    keys: keysRoutes,
    train: trainCommand,
    run: runCommand,
    logs: logsCommand,
    deploy: deployCommand,
    predict: predictCommand,
    ls: lsCommand,
    describe: describeCommand,
    stop: stopCommand,
    rm: rmCommand,
    chaos: chaosRoutes,
    completion: completionRoutes,
  },
  docs: {
    brief: 'Train, deploy and predict on your own machine, through the SageMaker wire',
  },
});

export const application = buildApplication(routes, {
  name: 'rung',
  versionInfo: { currentVersion: manifest.version },
  scanner: { caseStyle: 'allow-kebab-for-camel' },
  documentation: { useAliasInUsageLine: true },
  localization: {
    loadText: () => ({
      ...text_en,
      exceptionWhileRunningCommand: explain,
      exceptionWhileParsingArguments: explain,
      exceptionWhileLoadingCommandFunction: explain,
    }),
  },
});
