import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceContext } from './instance-context.ts';
import { launch, type LaunchGround } from './launch.ts';

const python = ['/env/bin/python', 'train.py', '--epochs', '1'] as const;
const enabled = (name: string) => ({ [`sagemaker_${name}_enabled`]: true });

function ground(changes: Partial<Omit<LaunchGround, 'context'>> & { host?: string; gpus?: number } = {}): LaunchGround {
  const { host = 'algo-2', gpus = 0, ...rest } = changes;
  const context: InstanceContext = {
    baseDir: '/opt/ml',
    codeDir: '/opt/ml/code',
    hyperparameters: {},
    resourceConfig: {
      current_host: host,
      hosts: ['algo-1', 'algo-2', 'algo-3'],
      instance_groups: [
        { instance_group_name: 'readers', instance_type: 'ml.m5.large', hosts: ['algo-1'] },
        { instance_group_name: 'trainers', instance_type: 'ml.m5.large', hosts: ['algo-2', 'algo-3'] },
      ],
    },
    inputDataConfig: {},
    jobName: 'churn',
    cpus: 2,
    gpus,
  };
  return { command: python, platform: {}, environment: {}, ...rest, context };
}

const hosts = JSON.stringify({
  'algo-1': { address: 'algo-1', ports: [4001, 4002] },
  'algo-2': { address: 'algo-2', ports: [4003, 4004] },
  'algo-3': { address: 'algo-3', ports: [4005, 4006] },
});

test('a script by itself learns where its hosts meet', () => {
  assert.deepEqual(launch(ground()), {
    argv: python,
    environment: { MASTER_ADDR: 'algo-1', MASTER_PORT: '7777' },
  });
  assert.deepEqual(launch(ground({ environment: { MASTER_ADDR: 'algo-1' } })).environment, {});
});

test('torch_distributed is torchrun on every host, with a process per GPU', () => {
  const { argv } = launch(
    ground({ platform: enabled('torch_distributed'), gpus: 4, environment: { MASTER_PORT: '4000' } }),
  );
  assert.equal(
    argv.join(' '),
    '/env/bin/python -m torch.distributed.run --nproc_per_node 4 --nnodes 3 --node_rank 1 --master_addr algo-1 --master_port 4000 train.py --epochs 1',
  );
  const alone = { ...enabled('torch_distributed'), sagemaker_distribution_instance_groups: ['readers'] };
  assert.match(
    launch(ground({ platform: alone, host: 'algo-1' })).argv.join(' '),
    /--nproc_per_node 1 --standalone train/,
  );
  assert.throws(
    () => launch(ground({ platform: enabled('torch_distributed'), command: ['/bin/bash', 'train.sh'] })),
    /starts Python scripts only/,
  );
});

test('a launcher spans the groups that the request names, and leaves the others alone', () => {
  const platform = { ...enabled('torch_distributed'), sagemaker_distribution_instance_groups: ['trainers'] };
  const { argv } = launch(ground({ platform }));
  assert.match(argv.join(' '), /--nnodes 2 --node_rank 0 --master_addr algo-2/);
  assert.deepEqual(launch(ground({ platform, host: 'algo-1' })).argv, python);
});

test('TensorFlow’s strategies find the cluster, with ports that no other host has', () => {
  const config = (changes: Parameters<typeof ground>[0]): unknown =>
    JSON.parse(launch(ground(changes)).environment['TF_CONFIG'] ?? '');
  assert.deepEqual(
    config({ platform: enabled('multi_worker_mirrored_strategy'), environment: { RUNG_HOSTS: hosts } }),
    {
      cluster: { worker: ['algo-1:4001', 'algo-2:4003', 'algo-3:4005'] },
      environment: 'cloud',
      task: { type: 'worker', index: 1 },
    },
  );
  const cluster = {
    master: ['algo-1:2222'],
    ps: ['algo-1:2223', 'algo-2:2223', 'algo-3:2223'],
    worker: ['algo-2:2222', 'algo-3:2222'],
  };
  assert.deepEqual(config({ platform: enabled('parameter_server') }), {
    cluster,
    environment: 'cloud',
    task: { type: 'worker', index: 0 },
  });
  const { beside } = launch(ground({ platform: enabled('parameter_server'), host: 'algo-1' }));
  assert.equal(beside?.until, undefined);
  assert.deepEqual(JSON.parse(beside?.argv.at(-1) ?? ''), {
    cluster,
    environment: 'cloud',
    task: { type: 'ps', index: 0 },
  });
});

test('MPI is started on the first host, and what does not exist is refused by name', () => {
  const platform = { ...enabled('mpi'), sagemaker_distribution_instance_groups: ['readers'] };
  const { argv } = launch(
    ground({
      host: 'algo-1',
      platform: { ...platform, sagemaker_mpi_num_of_processes_per_host: 3, sagemaker_mpi_custom_mpi_options: '-x A=1' },
    }),
  );
  assert.equal(
    argv.join(' '),
    'mpirun -np 3 --allow-run-as-root --oversubscribe --tag-output --bind-to none -x A=1 /env/bin/python train.py --epochs 1',
  );
  assert.throws(() => launch(ground({ platform: enabled('mpi') })), /MPI over several instances/);
  const many = (host: string) =>
    launch(ground({ host, platform: enabled('mpi'), environment: { RUNG_JOB_TOKEN: 'secret' } })).argv.join(' ');
  assert.match(
    many('algo-1'),
    /^mpirun -np \d --host algo-1:1,algo-2:1.* --mca plm_rsh_agent \S+ \S+launch-agent\.ts /,
  );
  assert.match(many('algo-2'), /listener\.ts algo-2$/);
  assert.throws(() => launch(ground({ platform: enabled('pytorch_ddp') })), /pytorchddp is not implemented/);
  assert.throws(() => launch(ground({ platform: enabled('distributed_dataparallel') })), /smdistributed/);
});
