/** Lines in the form of SageMaker's toolkit, which people and log filters know. */
export function tell(level: 'INFO' | 'WARNING' | 'ERROR', message: string): void {
  const at = new Date().toISOString().replace('T', ' ').replace('Z', '').replace('.', ',');
  process.stdout.write(`${at} sagemaker-training-toolkit ${level.padEnd(8)} ${message}\n`);
}
