/** Families with GPUs or other accelerators, as data. */

export interface AcceleratedFamily {
  readonly model: string;
  /** False for Inferentia, Trainium and Gaudi, which programs for GPUs cannot use. */
  readonly gpu: boolean;
  /** vCPUs, GiB of memory, accelerators, dollars an hour (left out where no list price is known). */
  readonly sizes: Readonly<Record<string, readonly [number, number, number, number?]>>;
}

export const acceleratedFamilies: Readonly<Record<string, AcceleratedFamily>> = {
  p2: {
    model: 'NVIDIA K80',
    gpu: true,
    sizes: { xlarge: [4, 61, 1, 1.125], '8xlarge': [32, 488, 8, 9], '16xlarge': [64, 732, 16, 18] },
  },
  p3: {
    model: 'NVIDIA V100',
    gpu: true,
    sizes: { '2xlarge': [8, 61, 1, 3.825], '8xlarge': [32, 244, 4, 14.688], '16xlarge': [64, 488, 8, 28.152] },
  },
  p3dn: { model: 'NVIDIA V100', gpu: true, sizes: { '24xlarge': [96, 768, 8, 35.894] } },
  p4d: { model: 'NVIDIA A100', gpu: true, sizes: { '24xlarge': [96, 1152, 8, 37.688] } },
  p4de: { model: 'NVIDIA A100', gpu: true, sizes: { '24xlarge': [96, 1152, 8, 47.11] } },
  p5: {
    model: 'NVIDIA H100',
    gpu: true,
    sizes: { '4xlarge': [16, 256, 1, 7.912], '48xlarge': [192, 2048, 8, 63.296] },
  },
  p5e: { model: 'NVIDIA H200', gpu: true, sizes: { '48xlarge': [192, 2048, 8] } },
  p5en: { model: 'NVIDIA H200', gpu: true, sizes: { '48xlarge': [192, 2048, 8] } },
  'p6-b200': { model: 'NVIDIA B200', gpu: true, sizes: { '48xlarge': [192, 2048, 8] } },
  'p6-b300': { model: 'NVIDIA B300', gpu: true, sizes: { '48xlarge': [192, 4096, 8] } },
  'p6e-gb200': { model: 'NVIDIA GB200', gpu: true, sizes: { '36xlarge': [144, 960, 4] } },

  g4dn: {
    model: 'NVIDIA T4',
    gpu: true,
    sizes: {
      xlarge: [4, 16, 1, 0.7364],
      '2xlarge': [8, 32, 1, 0.94],
      '4xlarge': [16, 64, 1, 1.505],
      '8xlarge': [32, 128, 1, 2.72],
      '12xlarge': [48, 192, 4, 4.89],
      '16xlarge': [64, 256, 1, 5.44],
    },
  },
  g5: {
    model: 'NVIDIA A10G',
    gpu: true,
    sizes: {
      xlarge: [4, 16, 1, 1.408],
      '2xlarge': [8, 32, 1, 1.515],
      '4xlarge': [16, 64, 1, 2.03],
      '8xlarge': [32, 128, 1, 3.06],
      '12xlarge': [48, 192, 4, 7.09],
      '16xlarge': [64, 256, 1, 5.12],
      '24xlarge': [96, 384, 4, 10.18],
      '48xlarge': [192, 768, 8, 20.36],
    },
  },
  g6: {
    model: 'NVIDIA L4',
    gpu: true,
    sizes: {
      xlarge: [4, 16, 1, 1.127],
      '2xlarge': [8, 32, 1, 1.222],
      '4xlarge': [16, 64, 1, 1.654],
      '8xlarge': [32, 128, 1, 2.518],
      '12xlarge': [48, 192, 4, 5.752],
      '16xlarge': [64, 256, 1, 4.246],
      '24xlarge': [96, 384, 4, 8.344],
      '48xlarge': [192, 768, 8, 16.688],
    },
  },
  gr6: { model: 'NVIDIA L4', gpu: true, sizes: { '4xlarge': [16, 128, 1, 1.9242], '8xlarge': [32, 256, 1, 3.0586] } },
  g6e: {
    model: 'NVIDIA L40S',
    gpu: true,
    sizes: {
      xlarge: [4, 32, 1, 2.605],
      '2xlarge': [8, 64, 1, 2.8],
      '4xlarge': [16, 128, 1, 3.755],
      '8xlarge': [32, 256, 1, 5.66],
      '12xlarge': [48, 384, 4, 13.11],
      '16xlarge': [64, 512, 1, 9.47],
      '24xlarge': [96, 768, 4, 18.83],
      '48xlarge': [192, 1536, 8, 37.66],
    },
  },
  // Newer than the published tables at hand: GPU counts follow g7e's, memory follows the usual ratio.
  g7: {
    model: 'NVIDIA RTX PRO',
    gpu: true,
    sizes: {
      '2xlarge': [8, 32, 1],
      '4xlarge': [16, 64, 1],
      '8xlarge': [32, 128, 1],
      '12xlarge': [48, 192, 2],
      '24xlarge': [96, 384, 4],
      '48xlarge': [192, 768, 8],
    },
  },
  g7e: {
    model: 'NVIDIA RTX PRO 6000',
    gpu: true,
    sizes: {
      '2xlarge': [8, 64, 1],
      '4xlarge': [16, 128, 1],
      '8xlarge': [32, 256, 1],
      '12xlarge': [48, 512, 2],
      '24xlarge': [96, 1024, 4],
      '48xlarge': [192, 2048, 8],
    },
  },

  inf1: {
    model: 'AWS Inferentia',
    gpu: false,
    sizes: {
      xlarge: [4, 8, 1, 0.297],
      '2xlarge': [8, 16, 1, 0.469],
      '6xlarge': [24, 48, 4, 1.534],
      '24xlarge': [96, 192, 16, 6.137],
    },
  },
  inf2: {
    model: 'AWS Inferentia2',
    gpu: false,
    sizes: {
      xlarge: [4, 16, 1, 0.99],
      '8xlarge': [32, 128, 1, 2.36],
      '24xlarge': [96, 384, 6, 7.79],
      '48xlarge': [192, 768, 12, 15.58],
    },
  },
  trn1: {
    model: 'AWS Trainium',
    gpu: false,
    sizes: { '2xlarge': [8, 32, 1, 1.54], '32xlarge': [128, 512, 16, 24.725] },
  },
  trn1n: { model: 'AWS Trainium', gpu: false, sizes: { '32xlarge': [128, 512, 16, 28.497] } },
  trn2: { model: 'AWS Trainium2', gpu: false, sizes: { '3xlarge': [12, 128, 1], '48xlarge': [192, 2048, 16] } },
  dl1: { model: 'Intel Gaudi', gpu: false, sizes: { '24xlarge': [96, 768, 8, 15.08] } },
};
