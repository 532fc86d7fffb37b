/** A gateway with real instances and a real HTTP front, for tests: everything but signatures. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import type { MetricDatum, MetricStore } from '../../observability/metric-store.ts';
import { createInvocationHandler } from '../../services/sagemaker-runtime/invocation-handler.ts';
import { testContext } from '../../testing/test-resources.ts';
import { Gateway } from '../gateway.ts';
import { defaultInvocationLimits, type InvocationLimits } from '../invocation.ts';
import type { VariantRouteSpec } from '../routing-table.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

export interface Instance {
  readonly workloadId: string;
  readonly address: string;
  readonly process: ChildProcess;
}

export interface GatewayStage {
  readonly gateway: Gateway;
  readonly port: number;
  /** What was stored by {@link Gateway.flush}. */
  readonly stored: MetricDatum[];
  startInstance(name: string): Promise<Instance>;
  /** Makes one variant `v` of endpoint `shop` of these instances. */
  serve(instances: readonly Instance[]): void;
  publish(variants: readonly Omit<VariantRouteSpec, 'containerName'>[]): void;
  invoke(body: string | Buffer, headers?: Record<string, string>, path?: string): Promise<Answer>;
}

export async function gatewayStage(t: TestContext, limits: Partial<InvocationLimits> = {}): Promise<GatewayStage> {
  const folder = mkdtempSync(join(tmpdir(), 'rung-gw-'));
  const stored: MetricDatum[] = [];
  // The seam's one method that the gateway calls; the store itself has its own suite.
  const metrics = { put: async (data: readonly MetricDatum[]) => void stored.push(...data) } as unknown as MetricStore;
  const gateway = new Gateway({
    metrics,
    logger: pino({ level: 'silent' }),
    limits: { ...defaultInvocationLimits, ...limits },
    flushMs: 3_600_000,
  });
  const handler = createInvocationHandler(gateway);
  const front = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => handler.handle(request, response, Buffer.concat(parts), testContext()));
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  const bound = front.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const children: ChildProcess[] = [];
  t.after(async () => {
    front.closeAllConnections();
    front.close();
    await gateway.close();
    for (const child of children) child.kill('SIGKILL');
    for (const child of children) if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });

  const publish: GatewayStage['publish'] = (variants) =>
    gateway.routes.publish({
      endpointName: 'shop',
      account: '000000000000',
      region: 'us-east-1',
      variants: variants.map((variant) => ({ containerName: 'primary', ...variant })),
    });

  return {
    gateway,
    port,
    stored,
    publish,
    serve: (instances) => publish([{ name: 'v', weight: 1, instances }]),
    async startInstance(name) {
      const address = `unix:${join(folder, `${name}.sock`)}`;
      const child = spawn(process.execPath, [join(import.meta.dirname, 'model-server.ts'), address, name], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      children.push(child);
      await once(child.stdout, 'data');
      return { workloadId: `endpoint/shop/${name}`, address, process: child };
    },
    invoke: (body, headers = {}, path = '/endpoints/shop/invocations') => post(port, path, body, headers),
  };
}

export function post(
  port: number,
  path: string,
  body: string | Buffer,
  headers: Record<string, string>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ask = httpRequest({ port, host: '127.0.0.1', path, method: 'POST', headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const whole = Buffer.concat(parts);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: whole,
          text: whole.toString('utf8'),
        });
      });
    });
    ask.on('error', reject);
    ask.end(body);
  });
}
