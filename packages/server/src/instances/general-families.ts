/** Families without accelerators, as data. */

export interface GeneralFamily {
  readonly gibibytesPerVcpu: number;
  /** The price is proportional to the size within a family. */
  readonly dollarsPerVcpuHour: number;
  readonly vcpuExceptions?: Readonly<Record<string, number>>;
  readonly memoryExceptions?: Readonly<Record<string, number>>;
}

export const generalFamilies: Readonly<Record<string, GeneralFamily>> = {
  m4: { gibibytesPerVcpu: 4, dollarsPerVcpuHour: 0.06 },
  m5: { gibibytesPerVcpu: 4, dollarsPerVcpuHour: 0.0576 },
  m5d: { gibibytesPerVcpu: 4, dollarsPerVcpuHour: 0.0678 },
  m6i: { gibibytesPerVcpu: 4, dollarsPerVcpuHour: 0.0576 },
  m6id: { gibibytesPerVcpu: 4, dollarsPerVcpuHour: 0.0712 },
  m6a: { gibibytesPerVcpu: 4, dollarsPerVcpuHour: 0.0518 },
  m6g: { gibibytesPerVcpu: 4, dollarsPerVcpuHour: 0.0462 },
  m6gd: { gibibytesPerVcpu: 4, dollarsPerVcpuHour: 0.0542 },
  m7i: { gibibytesPerVcpu: 4, dollarsPerVcpuHour: 0.0605 },
  'm7i-flex': { gibibytesPerVcpu: 4, dollarsPerVcpuHour: 0.0575 },
  m7g: { gibibytesPerVcpu: 4, dollarsPerVcpuHour: 0.049 },
  m8i: { gibibytesPerVcpu: 4, dollarsPerVcpuHour: 0.0635 },
  'm8i-flex': { gibibytesPerVcpu: 4, dollarsPerVcpuHour: 0.0603 },
  m8g: { gibibytesPerVcpu: 4, dollarsPerVcpuHour: 0.0539 },
  m8a: { gibibytesPerVcpu: 4, dollarsPerVcpuHour: 0.07 },

  c4: {
    gibibytesPerVcpu: 1.875,
    dollarsPerVcpuHour: 0.0598,
    vcpuExceptions: { '8xlarge': 36 },
    memoryExceptions: { '8xlarge': 60 },
  },
  c5: { gibibytesPerVcpu: 2, dollarsPerVcpuHour: 0.051 },
  c5d: { gibibytesPerVcpu: 2, dollarsPerVcpuHour: 0.0576 },
  c5n: {
    gibibytesPerVcpu: 2.625,
    dollarsPerVcpuHour: 0.0648,
    memoryExceptions: { '9xlarge': 96, '18xlarge': 192 },
  },
  c6i: { gibibytesPerVcpu: 2, dollarsPerVcpuHour: 0.051 },
  c6id: { gibibytesPerVcpu: 2, dollarsPerVcpuHour: 0.0605 },
  c6in: { gibibytesPerVcpu: 2, dollarsPerVcpuHour: 0.068 },
  c6a: { gibibytesPerVcpu: 2, dollarsPerVcpuHour: 0.0459 },
  c6g: { gibibytesPerVcpu: 2, dollarsPerVcpuHour: 0.0408 },
  c6gd: { gibibytesPerVcpu: 2, dollarsPerVcpuHour: 0.0461 },
  c6gn: { gibibytesPerVcpu: 2, dollarsPerVcpuHour: 0.0518 },
  c7i: { gibibytesPerVcpu: 2, dollarsPerVcpuHour: 0.0536 },
  'c7i-flex': { gibibytesPerVcpu: 2, dollarsPerVcpuHour: 0.0509 },
  c7g: { gibibytesPerVcpu: 2, dollarsPerVcpuHour: 0.0435 },
  c8i: { gibibytesPerVcpu: 2, dollarsPerVcpuHour: 0.0562 },
  'c8i-flex': { gibibytesPerVcpu: 2, dollarsPerVcpuHour: 0.0534 },
  c8g: { gibibytesPerVcpu: 2, dollarsPerVcpuHour: 0.0479 },
  c8a: { gibibytesPerVcpu: 2, dollarsPerVcpuHour: 0.062 },

  r5: { gibibytesPerVcpu: 8, dollarsPerVcpuHour: 0.0756 },
  r5d: { gibibytesPerVcpu: 8, dollarsPerVcpuHour: 0.0864 },
  r6i: { gibibytesPerVcpu: 8, dollarsPerVcpuHour: 0.0756 },
  r6id: { gibibytesPerVcpu: 8, dollarsPerVcpuHour: 0.0907 },
  r6g: { gibibytesPerVcpu: 8, dollarsPerVcpuHour: 0.0605 },
  r6gd: { gibibytesPerVcpu: 8, dollarsPerVcpuHour: 0.0691 },
  r7i: { gibibytesPerVcpu: 8, dollarsPerVcpuHour: 0.0794 },
  r7gd: { gibibytesPerVcpu: 8, dollarsPerVcpuHour: 0.0817 },
  r8i: { gibibytesPerVcpu: 8, dollarsPerVcpuHour: 0.0834 },
  'r8i-flex': { gibibytesPerVcpu: 8, dollarsPerVcpuHour: 0.0792 },
  r8g: { gibibytesPerVcpu: 8, dollarsPerVcpuHour: 0.0707 },
  i3en: { gibibytesPerVcpu: 8, dollarsPerVcpuHour: 0.1356 },
};

/** Burstable families, whose sizes follow no rule: vCPUs, GiB of memory, dollars an hour. */
export const burstableFamilies: Readonly<Record<string, Readonly<Record<string, readonly [number, number, number]>>>> =
  {
    t2: {
      medium: [2, 4, 0.0557],
      large: [2, 8, 0.1114],
      xlarge: [4, 16, 0.2227],
      '2xlarge': [8, 32, 0.4454],
    },
    t3: {
      micro: [2, 1, 0.0125],
      small: [2, 2, 0.025],
      medium: [2, 4, 0.05],
      large: [2, 8, 0.0998],
      xlarge: [4, 16, 0.1997],
      '2xlarge': [8, 32, 0.3994],
    },
  };
