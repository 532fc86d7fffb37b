/** Script mode as users of every language meet it: what a script sees, what it needs is installed, and how it ends. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readBody } from '@rung/wire';
import { Session } from '@rung/sdk';
import { environmentsDir, runScript, skipWithout } from './script-jobs.ts';
import { startPlatform, type TestPlatform } from './start-platform.ts';

describe('script mode', { concurrency: 2 }, () => {
  let platform: TestPlatform;
  let session: Session;
  before(async () => {
    platform = await startPlatform({ tlsPort: false, environmentsDir, maxConcurrentJobs: 4 });
    session = new Session({ stateDir: platform.description.stateDir });
  });
  after(() => platform.close());

  test('a TypeScript script has its hyperparameters typed, and its metrics read', async () => {
    const script = `
      import { writeFileSync } from 'node:fs';
      import { join } from 'node:path';
      import { hosts, hyperparameters, metric, modelDir } from '@rung/worker/script';
      import { double } from './lib/double.ts';
      const { epochs, batchSize, name, shuffle } = hyperparameters({ epochs: 1, batchSize: 8, name: 'none', shuffle: false });
      metric('loss', double(0.25));
      console.log(JSON.stringify({ epochs, batchSize, name, shuffle, hosts: hosts() }));
      writeFileSync(join(modelDir(), 'model.json'), '{}');`;
    const result = await runScript(session, {
      files: { 'train.ts': script, 'lib/double.ts': 'export const double = (value: number): number => 2 * value;' },
      hyperparameters: { epochs: 3, 'batch-size': 64, shuffle: true },
      metricDefinitions: [{ name: 'loss', regex: '^loss=(\\S+)$' }],
    });
    assert.equal(result.status, 'Completed', result.reason);
    const told = result.lines.find((line) => line.startsWith('{"epochs"'));
    const hosts = { all: ['algo-1'], current: 'algo-1', isFirst: true };
    assert.deepEqual(JSON.parse(told ?? '{}'), { epochs: 3, batchSize: 64, name: 'none', shuffle: true, hosts });
    assert.ok(result.lines.some((line) => line.includes('Reporting training SUCCESS')));
    const description = await session.sagemaker.call('DescribeTrainingJob', { TrainingJobName: result.jobName });
    assert.equal(description.FinalMetricDataList?.[0]?.Value, 0.5);
  });

  test('a shell script has arguments and SM_* variables as the toolkit gives them', async () => {
    const result = await runScript(session, {
      files: {
        'train.sh': 'printf "<%s>" "$@"; echo; echo "$SM_HP_LIST $SM_CURRENT_HOST $SM_MODEL_DIR"; echo "$SM_HPS"',
      },
      hyperparameters: { n: 2, rate: 0.5, list: [1, 2], flag: true, text: 'two words' },
    });
    assert.equal(result.status, 'Completed', result.reason);
    assert.ok(
      result.lines.includes('<--flag><True><--list><[1, 2]><-n><2><--rate><0.5><--text><two words>'),
      result.lines.join('\n'),
    );
    assert.ok(
      result.lines.includes('[1,2] algo-1 /opt/ml/model') ||
        result.lines.some((line) => /^\[1,2\] algo-1 .*\/ml\/model$/.test(line)),
    );
    assert.ok(result.lines.includes('{"flag":true,"list":[1,2],"n":2,"rate":0.5,"text":"two words"}'));
  });

  test('values of environment variables are never printed', async () => {
    const result = await runScript(session, {
      files: { 'train.sh': 'test "$TOKEN" = s3cr3t-value && echo same; exit 4' },
      environment: { TOKEN: 's3cr3t-value' },
    });
    assert.equal(result.status, 'Failed');
    assert.ok(result.lines.includes('same'));
    assert.ok(!result.lines.join('\n').includes('s3cr3t'), result.lines.join('\n'));
    assert.ok(!result.reason.includes('s3cr3t'));
  });

  test('what a script leaves in the intermediate folder is stored while it runs', async () => {
    const bucket = await session.defaultBucket();
    let stored: string | undefined;
    const result = await runScript(session, {
      files: {
        'train.sh': `mkdir -p "$SM_OUTPUT_INTERMEDIATE_DIR/deep"; echo first > "$SM_OUTPUT_INTERMEDIATE_DIR/deep/part.txt"
          echo written; sleep 3.5; echo last > "$SM_OUTPUT_INTERMEDIATE_DIR/end.txt"; echo over`,
      },
      syncIntermediate: true,
      onLine: (line, jobName) => {
        if (line !== 'over') return;
        void session.s3
          .call('ListObjectsV2', { Bucket: bucket, Prefix: `${jobName}/output/intermediate/` })
          .then(({ Contents }) => (stored = (Contents ?? []).map(({ Key }) => Key).join(' ')));
      },
    });
    assert.equal(result.status, 'Completed', result.reason);
    const prefix = `${result.jobName}/output/intermediate`;
    assert.match(stored ?? '', new RegExp(`${prefix}/deep/part\\.txt`));
    const { Body } = await session.s3.call('GetObject', { Bucket: bucket, Key: `${prefix}/end.txt` });
    assert.equal(Buffer.from(await readBody(Body ?? new Uint8Array())).toString(), 'last\n');
  });

  test('a launcher that does not exist is refused by name', async () => {
    const result = await runScript(session, {
      files: { 'train.sh': 'true' },
      hyperparameters: { sagemaker_pytorch_ddp_enabled: true },
    });
    assert.equal(result.status, 'Failed');
    assert.match(result.reason, /pytorchddp is not implemented.*torch_distributed/);
  });

  describe('in Python', { skip: skipWithout('scikit-learn'), concurrency: 2 }, () => {
    test('a script imports what lies beside it, and a module is run with -m', async () => {
      const files = {
        'pack/__init__.py': '',
        'pack/train.py': 'import sys\nfrom pack.names import name\nprint(name, sys.argv[1:], __name__)',
        'pack/names.py': 'name = "neighbour"',
      };
      const result = await runScript(session, {
        files,
        framework: 'scikit-learn',
        entryPoint: 'pack/train.py',
        hyperparameters: { rate: 1e-5 },
      });
      assert.equal(result.status, 'Completed', result.reason);
      assert.ok(result.lines.includes("neighbour ['--rate', '1e-05'] __main__"), result.lines.join('\n'));
    });

    test('a package with setup.py is installed, and its script runs as a module', async () => {
      const script = 'import helper, importlib.metadata as m\nprint(helper.word, m.version("mine"))';
      const result = await runScript(session, {
        files: {
          'train.py': script,
          'helper.py': 'word = "installed"',
          'setup.py': '',
          'backend.py': buildBackend('mine', '1.0', ['train.py', 'helper.py']),
          'pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        },
        framework: 'scikit-learn',
      });
      assert.equal(result.status, 'Completed', result.reason);
      assert.ok(result.lines.includes('installed 1.0'), result.lines.join('\n'));
    });

    test('requirements are installed above the environment, which stays as it is, and found again by the next job', async (t) => {
      // A version of its own, so that the layer of an earlier run is not found.
      const version = `1.${Date.now()}`;
      const wheels = mkdtempSync(join(tmpdir(), 'wheels-'));
      t.after(() => rmSync(wheels, { recursive: true, force: true }));
      writeFileSync(join(wheels, 'fresh.py'), 'word = "fresh"');
      const make = `${buildBackend('fresh', version, ['fresh.py'])}\nbuild_wheel(".")`;
      assert.equal(spawnSync('python3', ['-c', make], { cwd: wheels, stdio: 'inherit' }).status, 0);
      const job = {
        files: {
          'train.py': 'import fresh, numpy\nprint("fresh:", fresh.__file__)',
          'requirements.txt': `# one that is missing, one that is there\nfresh==${version}\nnumpy\n`,
        },
        framework: 'scikit-learn' as const,
        environment: { UV_FIND_LINKS: wheels, UV_NO_INDEX: '1', PIP_FIND_LINKS: wheels, PIP_NO_INDEX: '1' },
      };
      const first = await runScript(session, job);
      assert.equal(first.status, 'Completed', first.reason);
      const file = first.lines.find((line) => line.startsWith('fresh: '))?.slice('fresh: '.length) ?? '';
      t.after(() => rmSync(dirname(file), { recursive: true, force: true }));
      assert.match(file, /\/layers\/scikit-learn-[^/]+\/[^/]+\/fresh\.py$/);
      assert.ok(!existsSync(join(dirname(file), 'numpy')), 'what the environment has is not installed again');
      const second = await runScript(session, job);
      assert.equal(second.status, 'Completed', second.reason);
      assert.ok(!second.lines.some((line) => line.includes('Installing the packages')), second.lines.join('\n'));
    });
  });
});

/** Python that builds a wheel of a few modules without anything but Python: no registry is asked for a builder. */
function buildBackend(name: string, version: string, modules: readonly string[]): string {
  const info = `${name}-${version}.dist-info`;
  return `
import zipfile
def build_wheel(directory, config_settings=None, metadata_directory=None):
    name = "${name}-${version}-py3-none-any.whl"
    with zipfile.ZipFile(f"{directory}/{name}", "w") as wheel:
        for module in ${JSON.stringify(modules)}: wheel.write(module)
        wheel.writestr("${info}/METADATA", "Metadata-Version: 2.1\\nName: ${name}\\nVersion: ${version}\\n")
        wheel.writestr("${info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("${info}/RECORD", "")
    return name
`;
}
