/** Every service behind the front door, one line each. */
import type { ServerResources } from '../resources.ts';
import { applicationAutoscalingService } from './application-autoscaling/index.ts';
import { cloudwatchService } from './cloudwatch/index.ts';
import { ecrService } from './ecr/index.ts';
import { iamService } from './iam/index.ts';
import { logsService } from './logs/index.ts';
import { s3Service } from './s3/index.ts';
import { sagemakerMetricsService } from './sagemaker-metrics/index.ts';
import { sagemakerService } from './sagemaker/index.ts';
import type { Service } from './service.ts';
import { stsService } from './sts/index.ts';

export function allServices(resources: ServerResources): Service[] {
  return [
    sagemakerService(resources),
    s3Service(resources),
    stsService(resources),
    iamService(resources),
    logsService(resources),
    cloudwatchService(resources),
    ecrService(resources),
    sagemakerMetricsService(resources),
    applicationAutoscalingService(resources),
  ];
}
