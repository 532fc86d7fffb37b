// The program of an image that the tests build: it follows the container contract and tells what it finds in its container.
const { readFileSync, readdirSync, statfsSync, writeFileSync, existsSync } = require('node:fs');
const { createServer } = require('node:http');
const { connect } = require('node:net');
const { hostname, networkInterfaces } = require('node:os');
const { lookup } = require('node:dns/promises');
const { setTimeout: sleep } = require('node:timers/promises');

const text = (path) => (existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined);
const say = (name, value) => console.log(`${name} ${JSON.stringify(value)}`);

/** What becomes of a connection: `open`, or the system's word for why not. */
const attempt = (host, port) =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const answer = (word) => {
      socket.destroy();
      resolve(word);
    };
    socket.once('connect', () => answer('open'));
    socket.once('timeout', () => answer('timeout'));
    socket.once('error', (error) => answer(error.code));
  });

const actions = {
  /** The mean of the training data is the model. */
  async train() {
    const numbers = readdirSync('/opt/ml/input/data/train').flatMap((name) =>
      text(`/opt/ml/input/data/train/${name}`).split('\n').map(Number),
    );
    console.log('ready');
    while (!existsSync('/opt/ml/go')) await sleep(20);
    const mean = numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
    const { factor } = JSON.parse(text('/opt/ml/input/config/hyperparameters.json'));
    writeFileSync('/opt/ml/model/model.json', JSON.stringify({ mean, factor: Number(factor) }));
    console.log(`loss=${mean}`);
  },

  serve() {
    const model = text('/opt/ml/model/model.json');
    if (model === undefined) {
      console.error('there is no /opt/ml/model/model.json');
      process.exit(1);
    }
    const { mean, factor } = JSON.parse(model);
    const startedAt = Date.now();
    createServer(async (request, response) => {
      if (request.url === '/ping') return response.end();
      let body = '';
      for await (const chunk of request) body += chunk;
      response.setHeader('Content-Type', 'application/json');
      const networks = Object.keys(networkInterfaces());
      response.end(JSON.stringify({ y: mean * factor * Number(body), startedAt, networks }));
    }).listen(Number(process.env.SAGEMAKER_BIND_TO_PORT ?? 8080));
    process.on('SIGTERM', () => process.exit(0));
  },

  async look() {
    const endpoint = process.env.AWS_ENDPOINT_URL;
    say('networks', Object.keys(networkInterfaces()));
    say('platform', endpoint === undefined ? null : (await fetch(`${endpoint}/healthz`)).status);
    say('outside', await attempt('198.51.100.1', 80));
    say('memory', text('/sys/fs/cgroup/memory/memory.limit_in_bytes') ?? text('/sys/fs/cgroup/memory.max'));
    say('pids', text('/sys/fs/cgroup/pids/pids.max') ?? text('/sys/fs/cgroup/pids.max'));
    const quota = text('/sys/fs/cgroup/cpu/cpu.cfs_quota_us');
    say(
      'cpu',
      quota === undefined ? text('/sys/fs/cgroup/cpu.max') : `${quota} ${text('/sys/fs/cgroup/cpu/cpu.cfs_period_us')}`,
    );
    const shared = statfsSync('/dev/shm');
    say('shared', shared.blocks * shared.bsize);
    say('user', [process.getuid(), hostname()]);
  },

  /** Every host asks the others for their names. */
  async meet() {
    const { hosts, current_host: mine } = JSON.parse(text('/opt/ml/input/config/resourceconfig.json'));
    const server = createServer((_, response) => response.end(mine)).listen(7000);
    for (const host of hosts) {
      for (let tries = 0; ; tries += 1) {
        const answer = await fetch(`http://${host}:7000`).catch(() => undefined);
        if (answer !== undefined) {
          say('met', [host, await answer.text()]);
          break;
        }
        if (tries === 300) throw new Error(`${mine} never met ${host}`);
        await sleep(50);
      }
    }
    say('outside', await attempt('198.51.100.1', 80));
    say('own', (await lookup(mine)).family);
    // Nobody leaves while others still ask.
    await sleep(1500);
    server.close();
    server.closeAllConnections();
  },
};

void actions[process.argv[2]]();
