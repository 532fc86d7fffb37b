// Linear regression by gradient descent over several hosts: each takes its share of every batch, and gradients are summed over sockets.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { lookup } from 'node:dns/promises';
import { hostname } from 'node:os';
import { createInterface } from 'node:readline';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const base = process.env['SAGEMAKER_BASE_DIR'] ?? '/opt/ml';
const hosts = JSON.parse(process.env['SM_HOSTS'] ?? '[]') as string[];
const me = process.env['SM_CURRENT_HOST'] ?? '';
const rank = hosts.indexOf(me);
const steps = Number(process.env['SM_HP_STEPS']);
const batch = Number(process.env['SM_HP_BATCH']);
const pauseMs = Number(process.env['SM_HP_PAUSE'] ?? '0');
const features = 5;

// The last host tells what every host sees of the others.
if (rank === hosts.length - 1) {
  const addresses = await Promise.all(
    hosts.map((host) =>
      lookup(host).then(
        ({ address }) => address,
        () => 'unknown',
      ),
    ),
  );
  console.log(`addresses ${addresses.join(' ')} name ${hostname()} master ${process.env['MASTER_ADDR']}`);
}

const sum = await reducer();
const checkpoint = `${base}/checkpoints/state.json`;
let { step, weights } = existsSync(checkpoint)
  ? (JSON.parse(readFileSync(checkpoint, 'utf8')) as { step: number; weights: number[] })
  : { step: 0, weights: Array.from({ length: features }, () => 0) };
if (step > 0) console.log(`resumed at step ${step}`);
for (; step < steps; step += 1) {
  const gradient = Array.from({ length: features }, () => 0);
  // Row by row, so that the sums are of the same numbers whoever takes which of them.
  for (let row = rank * batch; row < (rank + 1) * batch; row += 1) {
    const x = Array.from({ length: features }, (_, column) => Math.sin(1 + step * 7919 + row * 104_729 + column * 31));
    const error = x.reduce((total, value, column) => total + value * ((weights[column] ?? 0) - (column + 1)), 0);
    for (let column = 0; column < features; column += 1)
      gradient[column] = (gradient[column] ?? 0) + error * (x[column] ?? 0);
  }
  const whole = await sum(gradient);
  weights = weights.map((weight, column) => weight - (0.1 * (whole[column] ?? 0)) / (batch * hosts.length));
  console.log(`step ${step}`);
  if (rank === 0) {
    mkdirSync(`${base}/checkpoints`, { recursive: true });
    writeFileSync(`${checkpoint}.new`, JSON.stringify({ step: step + 1, weights }));
    renameSync(`${checkpoint}.new`, checkpoint);
  }
  await sleep(pauseMs);
}
writeFileSync(`${base}/model/${me}.json`, JSON.stringify(weights));
if (rank === 0) console.log(`weights ${JSON.stringify(weights)}`);
process.exit(0);

/** Sums a list of numbers over all hosts: the first of them collects, and sends the sums to the others. */
async function reducer(): Promise<(values: readonly number[]) => Promise<number[]>> {
  if (hosts.length === 1) return async (values) => [...values];
  const port = Number(process.env['MASTER_PORT']);
  if (rank > 0) {
    const socket = await connected(process.env['MASTER_ADDR'] ?? '', port);
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
    return async (values) => {
      socket.write(`${JSON.stringify(values)}\n`);
      return JSON.parse((await lines.next()).value as string) as number[];
    };
  }
  const peers: { socket: Socket; lines: AsyncIterator<string> }[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => process.exit(1));
    peers.push({ socket, lines: createInterface({ input: socket })[Symbol.asyncIterator]() });
  });
  server.listen(port);
  while (peers.length < hosts.length - 1) await sleep(5);
  return async (values) => {
    const total = [...values];
    for (const { lines } of peers) {
      const theirs = JSON.parse((await lines.next()).value as string) as number[];
      theirs.forEach((value, index) => (total[index] = (total[index] ?? 0) + value));
    }
    for (const { socket } of peers) socket.write(`${JSON.stringify(total)}\n`);
    return total;
  };
}

async function connected(host: string, port: number): Promise<Socket> {
  for (let tries = 0; ; tries += 1) {
    const socket = connect(port, host);
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    if (isOpen) {
      socket.on('error', () => process.exit(1));
      return socket;
    }
    if (tries > 2000) throw new Error(`nobody answers at ${host}:${port}`);
    await sleep(5);
  }
}
