import type { Kind } from '../../store/resource.ts';

/** Where an ARN belongs: the region and account of the request, or of the configuration. */
export interface ArnScope {
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
}

/** `arn:aws:sagemaker:<region>:<account>:<kind>/<name in lower case>`, as SageMaker makes them. */
export function makeArn(kind: Kind, name: string, scope: ArnScope): string {
  return `arn:aws:sagemaker:${scope.region}:${scope.account}:${kind}/${name.toLowerCase()}`;
}

/** The region and account that an ARN names. */
export function scopeOf(arn: string): ArnScope {
  const [, , , region = '', account = ''] = arn.split(':');
  return { region, account };
}
