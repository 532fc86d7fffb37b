/** The part of the engines' contract that is about ends that are no ends: interruption, checkpoints, and what is left for the next workload. */
import assert from 'node:assert/strict';
import { command, type EngineBench } from './engine-bench.ts';

type Check = (title: string, run: (bench: EngineBench) => Promise<void>) => void;

export function checkInterruption(check: Check): void {
  check('an interrupted workload stores its checkpoints and no outputs, and the next one finds them', async (bench) => {
    const checkpoints = { uri: bench.place.uri('checkpoints'), path: 'checkpoints' };
    const model = { name: 'model', path: 'model', uri: bench.place.uri('interrupted.tar.gz') };
    const state = '"$SAGEMAKER_BASE_DIR/checkpoints/state"';
    const workload = command(
      `trap 'echo half > ${state}; exit 0' TERM; cat ${state} 2>/dev/null; echo ready; while :; do sleep 0.02; done`,
      { checkpoints, outputs: [{ ...model, archive: 'tar.gz', skipEmpty: false }] },
    );
    await bench.engine.start(workload);
    await bench.logged(workload, 'ready');
    await bench.engine.stop(workload.id, { interrupt: { graceSeconds: 10 } });
    assert.equal((await bench.ended(workload.id)).instances[0]?.exit?.reason, 'interrupted');
    const next = command(`cat ${state}`, { checkpoints });
    await bench.engine.start(next);
    await bench.ended(next.id);
    assert.deepEqual(await bench.log(next), ['half']);
    const reader = command('true', {
      inputs: [{ ...model, type: 'object', distribution: 'replicated', transform: 'untar' }],
    });
    await bench.engine.start(reader);
    assert.equal((await bench.ended(reader.id)).instances[0]?.exit?.reason, 'data-failed', 'no model was stored');
  });

  check('an interruption has its own grace, and a stop that follows it stores outputs after all', async (bench) => {
    const script = 'trap "" TERM; echo ready; while :; do sleep 0.02; done';
    const stubborn = command(script, { stopGraceSeconds: 600 });
    const stopped = command('trap "exit 0" TERM; echo ready; while [ ! -e go ]; do sleep 0.02; done');
    await Promise.all([bench.engine.start(stubborn), bench.engine.start(stopped)]);
    await Promise.all([bench.logged(stubborn, 'ready'), bench.logged(stopped, 'ready')]);
    await bench.engine.stop(stubborn.id, { interrupt: { graceSeconds: 0.2 } });
    const { exit } = (await bench.ended(stubborn.id)).instances[0] ?? {};
    assert.deepEqual([exit?.reason, exit?.signal], ['interrupted', 'SIGKILL']);
    await bench.engine.stop(stopped.id);
    await bench.engine.stop(stopped.id, { interrupt: { graceSeconds: 5 } });
    assert.equal((await bench.ended(stopped.id)).instances[0]?.exit?.reason, 'stopped');
  });

  check('what a workload leaves is there for one that takes it, once, until it is discarded', async (bench) => {
    const cache = '"$SAGEMAKER_BASE_DIR/sagemaker/warmpoolcache"';
    const name = `Left-${process.pid}`;
    const giver = command(`echo warm > ${cache}/note`, { retained: { leave: name } });
    await bench.engine.start(giver);
    await bench.ended(giver.id);
    await bench.engine.remove(giver.id);
    const other = await bench.another();
    assert.ok((await other.retained()).includes(name));
    const taker = command(`cat ${cache}/note`, { retained: { take: name, leave: `${name}-2` } });
    await bench.engine.start(taker);
    await bench.ended(taker.id);
    assert.deepEqual(await bench.log(taker), ['warm']);
    const second = command(`ls ${cache} | wc -l`, { retained: { take: name } });
    await bench.engine.start(second);
    await bench.ended(second.id);
    assert.deepEqual(
      (await bench.log(second)).map((line) => line.trim()),
      ['0'],
    );
    for (const each of [name, `${name}-2`, `${name}-2`]) await bench.engine.discard(each);
    assert.deepEqual(await bench.engine.retained(), []);
  });
}
