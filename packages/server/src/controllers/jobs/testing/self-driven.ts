import type { FakeEngine } from '../../../engines/testing/fake-engine.ts';
import type { InstanceExit } from '../../../engines/workload.ts';

/** Programs on this engine do their work and end by themselves, whoever watches; a stop that comes earlier ends them. */
export function selfDriven(engine: FakeEngine): void {
  const start = engine.start.bind(engine);
  const isRunning = async (id: string): Promise<boolean> =>
    (await engine.inspect(id))?.instances.every(({ exit }) => exit === undefined) ?? false;
  const end = async (id: string, exit: InstanceExit): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    if (await isRunning(id)) engine.exit(id, exit);
  };
  engine.start = async (workload) => {
    const isNew = engine.workload(workload.id) === undefined;
    await start(workload);
    if (!isNew) return;
    engine.enter(workload.id, 'running');
    void end(workload.id, { reason: 'completed', code: 0 });
  };
  engine.onStop = (id) => void end(id, { reason: 'stopped' });
}
