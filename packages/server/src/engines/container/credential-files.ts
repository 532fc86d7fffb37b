import { join } from 'node:path';

/** Where `docker login` and `podman login` leave what they were told, the first to win first. */
export function credentialFiles(environment: NodeJS.ProcessEnv, home: string): string[] {
  const {
    DOCKER_CONFIG: docker,
    REGISTRY_AUTH_FILE: named,
    XDG_RUNTIME_DIR: runtimeDir,
    XDG_CONFIG_HOME: config = join(home, '.config'),
  } = environment;
  return [
    ...(named === undefined ? [] : [named]),
    ...(runtimeDir === undefined ? [] : [join(runtimeDir, 'containers/auth.json')]),
    '/run/containers/0/auth.json',
    join(config, 'containers/auth.json'),
    join(docker ?? join(home, '.docker'), 'config.json'),
  ];
}
