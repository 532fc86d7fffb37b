/** The Containerfile of an environment: the same lock in a container image. Pure. */
import type { Lock } from './declarations.ts';

/** @param pythonVersion minor version of Python, e.g. `3.12`. */
export function containerfile(lock: Lock, pythonVersion: string): string {
  return `# Environment ${lock.name}, lock ${lock.hash}. Build it with: podman build --tag rung-${lock.name} --file - .
FROM python:${pythonVersion}-slim
COPY <<'LOCK' /opt/rung/${lock.name}.txt
${lock.text.trimEnd()}
LOCK
RUN python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement /opt/rung/${lock.name}.txt
ENV PYTHONUNBUFFERED=1
WORKDIR /opt/ml/code
`;
}
