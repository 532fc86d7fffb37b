/** The contract of the `Engine` seam: every engine that runs command programs passes these tests. */
import assert from 'node:assert/strict';
import { checkInterruption } from './check-interruption.ts';
import { describe, test } from 'node:test';
import type { Workload } from '../workload.ts';
import { EngineBench, type EngineUnderTest, command, hasEnded } from './engine-bench.ts';

export type { EngineUnderTest } from './engine-bench.ts';

/**
 * Runs the contract suite over an engine.
 *
 * @param name How the engine is called in the test's output.
 * @param make Gives a place for engines to live in; called once per test.
 */
export function checkEngine(name: string, make: () => Promise<EngineUnderTest>): void {
  const check = (title: string, body: (bench: EngineBench) => Promise<void>): void => {
    test(title, async (context) => {
      const bench = new EngineBench(await make());
      context.after(() => bench.close());
      await bench.open();
      await body(bench);
    });
  };

  describe(`${name} engine`, { concurrency: 3 }, () => {
    check('a job runs from pending to exited, with every phase in order', async (bench) => {
      const workload = command('echo hello');
      await bench.engine.start(workload);
      const state = await bench.ended(workload.id);
      const [instance] = state.instances;
      assert.deepEqual(instance?.exit, { reason: 'completed', code: 0 });
      const phases = instance.transitions.map(({ phase }) => phase);
      assert.deepEqual([phases[0], ...phases.slice(-2)], ['pending', 'running', 'exited']);
      const times = instance.transitions.map(({ at }) => Date.parse(at));
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      );
      assert.deepEqual(await bench.log(workload), ['hello']);
    });

    check('what was never started is not there', async ({ engine }) => {
      assert.equal(await engine.inspect('training-job/none/1'), undefined);
      await engine.stop('training-job/none/1');
      await engine.remove('training-job/none/1');
      assert.deepEqual(await engine.list(), []);
    });

    check('started many times at once and again later, by several control planes, it runs once', async (bench) => {
      const workload = command('echo once');
      const other = await bench.another();
      await Promise.all([bench.engine, other, bench.engine, other].map((engine) => engine.start(workload)));
      await bench.ended(workload.id);
      await (await bench.another()).start(workload);
      await bench.engine.start(workload);
      assert.equal((await bench.ended(workload.id)).instances[0]?.exit?.reason, 'completed');
      assert.deepEqual(await bench.log(workload), ['once']);
    });

    check('ids that differ only in letter case are different workloads', async (bench) => {
      const [small, large] = [
        command('echo small', { id: 'training-job/abc/1' }),
        command('echo large', { id: 'training-job/aBc/1' }),
      ];
      await Promise.all([bench.engine.start(small), bench.engine.start(large)]);
      await Promise.all([bench.ended(small.id), bench.ended(large.id)]);
      assert.deepEqual([await bench.log(small), await bench.log(large)], [['small'], ['large']]);
      assert.deepEqual((await bench.engine.list()).toSorted(), [large.id, small.id]);
    });

    check('a new control plane sees what runs, and its end', async (bench) => {
      const workload = command('echo ready; while [ ! -e go ]; do sleep 0.02; done; echo done; exit 4');
      await bench.engine.start(workload);
      await bench.logged(workload, 'ready');
      const engine = await bench.restart();
      assert.deepEqual(await engine.list(), [workload.id]);
      assert.equal((await engine.inspect(workload.id))?.instances[0]?.phase, 'running');
      await engine.start(workload);
      await bench.releaseAll(workload);
      assert.equal((await bench.ended(workload.id)).instances[0]?.exit?.code, 4);
      assert.deepEqual(await bench.log(workload), ['ready', 'done']);
    });

    check('changes are told, also of workloads that an earlier control plane started', async (bench) => {
      const workload = command('echo ready; while [ ! -e go ]; do sleep 0.02; done');
      await bench.engine.start(workload);
      await bench.logged(workload, 'ready');
      const engine = await bench.restart();
      const told = new Promise<string>((resolve) => engine.onChange(resolve));
      await bench.releaseAll(workload);
      assert.equal(await told, workload.id);
    });

    check('exit codes and signals are told as they are', async (bench) => {
      const [failed, killed] = [command('exit 37'), command('kill -ABRT $$')];
      await Promise.all([bench.engine.start(failed), bench.engine.start(killed)]);
      const exits = [await bench.ended(failed.id), await bench.ended(killed.id)].map(
        ({ instances }) => instances[0]?.exit,
      );
      assert.deepEqual([exits[0]?.reason, exits[0]?.code], ['program-failed', 37]);
      assert.deepEqual([exits[1]?.reason, exits[1]?.signal], ['program-failed', 'SIGABRT']);
    });

    check('the failure file is the message', async (bench) => {
      const workload = command('printf "out of luck" > "$SAGEMAKER_BASE_DIR/output/failure"; exit 1');
      await bench.engine.start(workload);
      assert.equal((await bench.ended(workload.id)).instances[0]?.exit?.message, 'out of luck');
    });

    check('stop sends SIGTERM and lets the program end', async (bench) => {
      const workload = command('trap "echo bye; exit 0" TERM; echo ready; while :; do sleep 0.02; done');
      await bench.engine.start(workload);
      await bench.logged(workload, 'ready');
      await bench.engine.stop(workload.id);
      await bench.engine.stop(workload.id);
      assert.equal((await bench.ended(workload.id)).instances[0]?.exit?.reason, 'stopped');
      assert.equal((await bench.log(workload)).at(-1), 'bye');
      await bench.engine.stop(workload.id);
    });

    check(
      'a program that ignores SIGTERM is killed after the grace period, an abandoned one at once',
      async (bench) => {
        const script = 'trap "" TERM; echo ready; while :; do sleep 0.02; done';
        const [stubborn, abandoned] = [
          command(script, { stopGraceSeconds: 0.2 }),
          command(script, { stopGraceSeconds: 600 }),
        ];
        await Promise.all([bench.engine.start(stubborn), bench.engine.start(abandoned)]);
        await Promise.all([bench.logged(stubborn, 'ready'), bench.logged(abandoned, 'ready')]);
        await bench.engine.stop(stubborn.id);
        await bench.engine.stop(abandoned.id);
        await bench.engine.stop(abandoned.id, { abandon: true });
        for (const { id } of [stubborn, abandoned]) {
          const { exit } = (await bench.ended(id)).instances[0] ?? {};
          assert.deepEqual([exit?.reason, exit?.signal], ['stopped', 'SIGKILL']);
        }
      },
    );

    check('stopped right after its start, a workload ends as stopped and never hangs', async (bench) => {
      const workloads = Array.from({ length: 4 }, () => command('sleep 60'));
      await Promise.all(
        workloads.map(async (workload) => {
          await bench.engine.start(workload);
          await bench.engine.stop(workload.id);
        }),
      );
      for (const { id } of workloads) assert.equal((await bench.ended(id)).instances[0]?.exit?.reason, 'stopped');
    });

    check('the program sees the request environment, its files and the folders of the contract', async (bench) => {
      const workload = command(
        'echo "$GREETING"; cat "$SAGEMAKER_BASE_DIR/input/config/r.json"; ls "$SAGEMAKER_BASE_DIR"; echo "$AWS_ENDPOINT_URL"',
        {
          environment: { GREETING: 'hello there' },
          files: { 'input/config/r.json': '{"current_host":"{host}"}\n' },
        },
      );
      await bench.engine.start(workload);
      await bench.ended(workload.id);
      const lines = await bench.log(workload);
      assert.deepEqual(lines.slice(0, -1), ['hello there', '{"current_host":"algo-1"}', 'input', 'model', 'output']);
      const { endpoint } = bench.place;
      if (typeof endpoint === 'string') assert.equal(lines.at(-1), endpoint);
      else assert.match(lines.at(-1) ?? '', endpoint);
    });

    check('where the engine says so, the program sees a real /opt/ml of its own', async (bench) => {
      if (!bench.engine.capabilities.realOptMl) return;
      const jobs = ['a', 'b'].map((name) =>
        command(`echo ${name} > /opt/ml/model/name; sleep 0.1; cat /opt/ml/model/name; pwd; echo $SAGEMAKER_BASE_DIR`),
      );
      await Promise.all(jobs.map((job) => bench.engine.start(job)));
      await Promise.all(jobs.map((job) => bench.ended(job.id)));
      assert.deepEqual(await Promise.all(jobs.map((job) => bench.log(job))), [
        ['a', '/opt/ml', '/opt/ml'],
        ['b', '/opt/ml', '/opt/ml'],
      ]);
    });

    check('several hosts run beside each other, each with its name and log stream', async (bench) => {
      const workload = command('cat "$SAGEMAKER_BASE_DIR/host"', { instanceCount: 3, files: { host: '{host}\n' } });
      await bench.engine.start(workload);
      const state = await bench.ended(workload.id);
      assert.deepEqual(
        state.instances.map(({ index, exit }) => [index, exit?.reason]),
        [0, 1, 2].map((index) => [index, 'completed']),
      );
      for (const index of [0, 1, 2]) assert.deepEqual(await bench.log(workload, index), [`algo-${index + 1}`]);
    });

    check('a program over its memory limit ends as out of memory, with numbers', async (bench) => {
      const script = 'const all = []; setInterval(() => all.push(Buffer.alloc(2e7, 1)), 5)';
      const workload = command([process.execPath, '-e', script], {
        limits: { vcpus: 1, memoryBytes: 256 * 2 ** 20, gpus: 0 },
      });
      await bench.engine.start(workload);
      const { exit } = (await bench.ended(workload.id)).instances[0] ?? {};
      assert.equal(exit?.reason, 'out-of-memory');
      assert.match(exit.message ?? '', /256 MiB/);
    });

    check('what the program leaves running is killed, whatever session it went to', async (bench) => {
      const workload = command('setsid sleep 70 >/dev/null 2>&1 & echo $!; sleep 71 & echo $!');
      await bench.engine.start(workload);
      assert.equal((await bench.ended(workload.id)).instances[0]?.exit?.reason, 'completed');
      for (const pid of await bench.log(workload)) assert.ok(!bench.isRunning(workload, pid ?? ''), pid);
    });

    check('an instance whose worker is killed is lost, and nothing of it runs any more', async (bench) => {
      if (bench.place.killWorker === undefined) return;
      const workload = command(
        'setsid sleep 72 >/dev/null 2>&1 & echo $!; echo $$; echo ready; while :; do sleep 0.02; done',
      );
      await bench.engine.start(workload);
      await bench.logged(workload, 'ready');
      await bench.place.killWorker(workload.id, 0);
      const { exit } = (await bench.ended(workload.id)).instances[0] ?? {};
      assert.equal(exit?.reason, 'lost');
      assert.ok((exit.message ?? '') !== '');
      for (const pid of (await bench.log(workload)).slice(0, 2)) assert.ok(!bench.isRunning(workload, pid ?? ''), pid);
    });

    check('remove frees everything, running or not, once or twice, and the id can be used again', async (bench) => {
      const workload = command(
        'echo $$; echo ready; chmod 500 "$SAGEMAKER_BASE_DIR/model"; while :; do sleep 0.02; done',
      );
      await bench.engine.start(workload);
      await bench.logged(workload, 'ready');
      await Promise.all([bench.engine.remove(workload.id), bench.engine.remove(workload.id)]);
      await bench.engine.remove(workload.id);
      assert.equal(await bench.engine.inspect(workload.id), undefined);
      assert.deepEqual(await bench.engine.list(), []);
      const [pid] = await bench.log(workload);
      assert.ok(!bench.isRunning(workload, pid ?? ''));
      assert.deepEqual(await bench.place.leftovers(), []);
      await bench.engine.start({ ...workload, program: { type: 'command', command: { argv: ['true'] } } });
      assert.equal((await bench.ended(workload.id)).instances[0]?.exit?.reason, 'completed');
    });

    check('a service says where it listens, and stops when told', async (bench) => {
      const listenOn = bench.place.listenOn ?? '127.0.0.1';
      const script = `require("http").createServer((q, r) => r.end("pong")).listen(Number(process.env.SAGEMAKER_BIND_TO_PORT), "${listenOn}", () => console.log("ready"))`;
      const workload = command([process.execPath, '-e', script], { mode: 'service', instanceCount: 2 });
      await bench.engine.start(workload);
      for (const index of [0, 1]) await bench.logged(workload, 'ready', index);
      const { instances } = await bench.until(workload.id, ({ instances: all }) =>
        all.every(({ address }) => address !== undefined),
      );
      for (const { address } of instances) {
        assert.equal(await (await fetch(`http://${address?.slice('tcp:'.length)}/ping`)).text(), 'pong');
      }
      await bench.engine.stop(workload.id);
      const { instances: stopped } = await bench.ended(workload.id);
      assert.deepEqual(
        stopped.map(({ exit }) => exit?.reason),
        ['stopped', 'stopped'],
      );
    });

    check('logs are whole and in order', async (bench) => {
      const workload = command('i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done; printf "no newline"');
      await bench.engine.start(workload);
      await bench.ended(workload.id);
      assert.deepEqual(await bench.log(workload), [
        ...Array.from({ length: 20_000 }, (_, index) => `line ${index}`),
        'no newline',
      ]);
    });

    check('inputs are there before the program, outputs are stored after it', async (bench) => {
      await bench.place.putObject('data/train/a.csv', 'one');
      const workload = command('cp "$SAGEMAKER_BASE_DIR/input/data/train/a.csv" "$SAGEMAKER_BASE_DIR/model/copy"', {
        inputs: [
          {
            name: 'train',
            uri: bench.place.uri('data/train/'),
            type: 'prefix',
            path: 'input/data/train',
            distribution: 'replicated',
            transform: 'none',
          },
        ],
        outputs: [
          {
            name: 'model',
            path: 'model',
            uri: bench.place.uri('out/model.tar.gz'),
            archive: 'tar.gz',
            skipEmpty: false,
          },
        ],
      });
      await bench.engine.start(workload);
      const trained = await bench.ended(workload.id);
      assert.deepEqual(
        trained.instances[0]?.transitions.map(({ phase }) => phase),
        ['pending', 'preparing', 'downloading', 'running', 'uploading', 'exited'],
      );
      const reader = command('cat "$SAGEMAKER_BASE_DIR/model/copy"', {
        inputs: [
          {
            name: 'model',
            uri: bench.place.uri('out/model.tar.gz'),
            type: 'object',
            path: 'model',
            distribution: 'replicated',
            transform: 'untar',
          },
        ],
      });
      await bench.engine.start(reader);
      assert.equal((await bench.ended(reader.id)).instances[0]?.exit?.reason, 'completed');
      assert.deepEqual(await bench.log(reader), ['one']);
    });

    checkInterruption(check);

    check('what all hosts left is stored as one', async (bench) => {
      const workload = command(
        'mkdir -p "$SAGEMAKER_BASE_DIR/model/all"; echo x > "$SAGEMAKER_BASE_DIR/model/all/$CURRENT_HOST"',
        {
          instanceCount: 3,
          outputs: [
            {
              name: 'model',
              path: 'model',
              uri: bench.place.uri('all/model.tar.gz'),
              archive: 'tar.gz',
              skipEmpty: false,
            },
          ],
        },
      );
      await bench.engine.start(workload);
      await bench.ended(workload.id);
      const reader = command('ls "$SAGEMAKER_BASE_DIR/model/all"', {
        inputs: [
          {
            name: 'model',
            uri: bench.place.uri('all/model.tar.gz'),
            type: 'object',
            path: 'model',
            distribution: 'replicated',
            transform: 'untar',
          },
        ],
      });
      await bench.engine.start(reader);
      await bench.ended(reader.id);
      assert.deepEqual(await bench.log(reader), ['algo-1', 'algo-2', 'algo-3']);
    });

    check('an input that cannot be had is a data failure that says which', async (bench) => {
      const workload = command('echo ran', {
        inputs: [
          {
            name: 'train',
            uri: bench.place.uri('nothing/here'),
            type: 'prefix',
            path: 'input/data/train',
            distribution: 'replicated',
            transform: 'none',
          },
        ],
      });
      await bench.engine.start(workload);
      const { exit } = (await bench.ended(workload.id)).instances[0] ?? {};
      assert.equal(exit?.reason, 'data-failed');
      assert.match(exit.message ?? '', /nothing\/here/);
    });

    check('a container image is refused with the way out, unless the engine runs images', async ({ engine }) => {
      const workload: Workload = { ...command('true'), program: { type: 'image', image: 'example/train:1' } };
      const refusal = engine.refuse(workload);
      assert.equal(refusal === undefined, engine.capabilities.images);
      if (refusal !== undefined)
        assert.match(`${refusal.reason}; ${refusal.remedy}`, /example\/train:1.*container engine/s);
      assert.equal(engine.refuse(command('true')), undefined);
      assert.notEqual(
        engine.refuse(command('true', { instanceCount: engine.capabilities.maxInstances + 1 })),
        undefined,
      );
    });

    check('twenty at once all end, and close lets go of the process', async (bench) => {
      const workloads = Array.from({ length: 20 }, (_, index) => command(`exit ${index}`));
      await Promise.all(workloads.map((workload) => bench.engine.start(workload)));
      const states = await Promise.all(workloads.map(({ id }) => bench.ended(id)));
      assert.deepEqual(
        states.map(({ instances }) => instances[0]?.exit?.code),
        workloads.map((_, index) => index),
      );
      assert.ok(states.every(hasEnded));
    });
  });
}
