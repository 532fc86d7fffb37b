/**
 * The part of the control plane's environment that workers and programs get. Everything else stays behind: the shell that started the
 * platform may hold the keys of a real AWS account.
 */
export function inheritedEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment))
    if (value !== undefined && INHERITED.test(name)) inherited[name] = value;
  // The platform listens on this machine: no proxy can reach it.
  const proxied = Object.keys(inherited).some((name) => /_proxy$/i.test(name));
  if (proxied)
    inherited['no_proxy'] = inherited['NO_PROXY'] = [
      inherited['no_proxy'] ?? inherited['NO_PROXY'],
      'localhost',
      '127.0.0.1',
      '::1',
    ]
      .filter(Boolean)
      .join(',');
  return inherited;
}

const INHERITED =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH|VIRTUAL_ENV|CONDA_PREFIX|CONDA_DEFAULT_ENV|CUDA_[A-Z_]+|NVIDIA_[A-Z_]+|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|NODE_EXTRA_CA_CERTS|SYSTEMROOT|PIP_[A-Z_]+|UV_[A-Z_]+|npm_config_\w+|NPM_CONFIG_\w+|(?:https?|no|all)_proxy|(?:HTTPS?|NO|ALL)_PROXY)$/;
