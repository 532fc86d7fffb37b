import { setTimeout as sleep } from 'node:timers/promises';
import { type Clients, describeError, gotNoAnswer } from './clients.ts';
import type { ControlPlane } from './control-plane.ts';
import type { Findings } from './findings.ts';
import { bucket, kmeansImage, planJob, role } from './jobs.ts';
import { Random } from './random.ts';

export const endpointName = 'loaded';
const deployLimitMs = 60_000;

/** Trains a model, deploys it, and answers when the endpoint is in service. */
export async function deployEndpoint({ sagemaker }: Clients): Promise<void> {
  const training = 'endpoint-model';
  const kmeans = { ...planKmeans().request, TrainingJobName: training };
  await sagemaker.call('CreateTrainingJob', kmeans);
  await until('Completed', async () => {
    const job = await sagemaker.call('DescribeTrainingJob', { TrainingJobName: training });
    return [job.TrainingJobStatus, job.FailureReason];
  });
  await sagemaker.call('CreateModel', {
    ModelName: endpointName,
    ExecutionRoleArn: role,
    PrimaryContainer: { Image: kmeansImage, ModelDataUrl: `s3://${bucket}/models/${training}/output/model.tar.gz` },
  });
  await sagemaker.call('CreateEndpointConfig', {
    EndpointConfigName: endpointName,
    ProductionVariants: [
      { VariantName: 'all', ModelName: endpointName, InitialInstanceCount: 1, InstanceType: 'ml.m5.large' },
    ],
  });
  await sagemaker.call('CreateEndpoint', { EndpointName: endpointName, EndpointConfigName: endpointName });
  await until('InService', async () => {
    const endpoint = await sagemaker.call('DescribeEndpoint', { EndpointName: endpointName });
    return [endpoint.EndpointStatus, endpoint.FailureReason];
  });
}

function planKmeans(): ReturnType<typeof planJob> {
  for (let number = 1; ; number += 1) {
    const plan = planJob(number, new Random(number, 'model'), '');
    if (plan.kind === 'kmeans') return plan;
  }
}

async function until(
  wanted: string,
  look: () => Promise<[status: string | undefined, reason: string | undefined]>,
): Promise<void> {
  const deadline = performance.now() + deployLimitMs;
  for (;;) {
    const [status, reason = ''] = await look();
    if (status === wanted) return;
    if (status === 'Failed' || performance.now() > deadline)
      throw new Error(`the endpoint could not be set up before the kills began: ${status}, not ${wanted}. ${reason}`);
    await sleep(50);
  }
}

/** Invokes the endpoint in a loop. Whoever answers must answer right; no answer at all is allowed only while the control plane is down. */
export class EndpointTraffic {
  answered = 0;
  /** Calls that met a control plane that was down. */
  missed = 0;
  readonly #clients: Clients;
  readonly #controlPlane: ControlPlane;
  readonly #findings: Findings;
  #running = true;
  #loops: Promise<void>[] = [];

  constructor(clients: Clients, controlPlane: ControlPlane, findings: Findings) {
    this.#clients = clients;
    this.#controlPlane = controlPlane;
    this.#findings = findings;
  }

  start(callers: number): void {
    this.#loops = Array.from({ length: callers }, () => this.#loop());
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#loops);
  }

  async #loop(): Promise<void> {
    while (this.#running) {
      await this.#invoke();
      await sleep(10);
    }
  }

  async #invoke(): Promise<void> {
    const upSince = this.#controlPlane.upSince;
    try {
      const { Body } = await this.#clients.runtime.call('InvokeEndpoint', {
        EndpointName: endpointName,
        ContentType: 'text/csv',
        Body: new TextEncoder().encode('1,1\n50,50'),
      });
      this.answered += 1;
      const clusters = clustersOf(Body);
      this.#findings.expect(
        clusters.length === 2 && clusters[0] !== clusters[1],
        `the endpoint answered ${JSON.stringify(clusters)}`,
      );
    } catch (error) {
      const wasUp = upSince !== undefined && upSince === this.#controlPlane.upSince;
      if (!gotNoAnswer(error) || wasUp)
        this.#findings.add(
          `an invocation failed ${wasUp ? 'while the control plane was up' : 'with an answer'}: ${describeError(error)}`,
        );
      this.missed += 1;
    }
  }
}

function clustersOf(body: unknown): number[] {
  if (!(body instanceof Uint8Array)) return [];
  const { predictions } = JSON.parse(new TextDecoder().decode(body)) as { predictions: { closest_cluster: number }[] }; // the form that k-means documents
  return predictions.map(({ closest_cluster }) => closest_cluster);
}
