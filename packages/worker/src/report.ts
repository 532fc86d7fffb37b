import { renameSync, writeFileSync } from 'node:fs';
import type { InstanceReport } from './instance-spec.ts';

type ReportDetail = Partial<Omit<InstanceReport, 'pid' | 'phase' | 'transitions'>>;

/** Keeps the instance's report and replaces the report file whole, so that a reader never sees half of one. */
export class Report {
  readonly #file: string;
  #current: InstanceReport;

  constructor(file: string) {
    this.#file = file;
    this.#current = { pid: process.pid, phase: 'pending', transitions: [], finalMetrics: [] };
  }

  get current(): InstanceReport {
    return this.#current;
  }

  /** Notes a phase without telling anyone yet: the next {@link enter} tells both. Saves a write on the way to the program's start. */
  note(phase: InstanceReport['phase']): void {
    this.#current = {
      ...this.#current,
      phase,
      transitions: [...this.#current.transitions, { phase, at: new Date().toISOString() }],
    };
  }

  enter(phase: InstanceReport['phase'], more: ReportDetail = {}): void {
    this.note(phase);
    this.update(more);
  }

  update(more: ReportDetail): void {
    this.#current = { ...this.#current, ...more };
    writeReport(this.#file, this.#current);
  }
}

export function writeReport(file: string, report: InstanceReport): void {
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, JSON.stringify(report), { mode: 0o600 });
  renameSync(draft, file);
}
