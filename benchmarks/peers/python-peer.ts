/** A Python program that runs beside a benchmark and measures itself each time it is asked, so that runs of ours and the peer's alternate. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { type EnvironmentName, makePythonEnvironment } from '../../tools/python-environment.ts';

export type Answer = Readonly<Record<string, number | string>>;

export class PythonPeer {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  /** `script`: a file beside this one. It answers one line of JSON to each line that it is sent, beginning with its versions. */
  constructor(script: string, args: readonly string[], environment: EnvironmentName = 'science') {
    const python = join(makePythonEnvironment(environment), 'python');
    const child = spawn(python, ['-W', 'ignore', join(import.meta.dirname, script), ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child = child;
    this.#reader = createInterface({ input: child.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** What the script says of itself when it starts: names and versions. */
  async versions(): Promise<Record<string, string>> {
    return Object.fromEntries(Object.entries(await this.#answer()).map(([name, version]) => [name, String(version)]));
  }

  /** One measured run. */
  async run(command = 'run'): Promise<Answer> {
    this.#child.stdin?.write(`${command}\n`);
    return this.#answer();
  }

  async close(): Promise<void> {
    this.#child.stdin?.end();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
    this.#reader.close();
  }

  async #answer(): Promise<Answer> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('the Python peer ended; its message is above');
    // Safe: the peer scripts print flat objects of numbers and text.
    return JSON.parse(value) as Answer;
  }
}
