import { WireError } from '@rung/wire';
import type { SimulatePolicyResponse, SimulatePrincipalPolicyRequest } from '@rung/wire/types/iam';

/**
 * Everything is allowed, to every role and user: that is what happens here. Clients ask before they use a role.
 * Thrown: `InvalidInput` for what is no user, group or role; `NotImplemented` for policies that are to be tried out, which nobody would keep.
 */
export function simulatePrincipalPolicy(input: SimulatePrincipalPolicyRequest): SimulatePolicyResponse {
  const { PolicySourceArn, ActionNames, ResourceArns = [] } = input;
  if (!/^arn:[\w-]+:iam::\d{12}:(user|group|role)\//.test(PolicySourceArn)) {
    throw new WireError('InvalidInput', `Invalid Entity Arn: ${PolicySourceArn} does not name a user, group or role.`);
  }
  const tried = [
    ...(input.PolicyInputList ?? []),
    ...(input.PermissionsBoundaryPolicyInputList ?? []),
    ...(input.ResourcePolicy === undefined ? [] : [input.ResourcePolicy]),
  ];
  if (tried.length > 0) {
    throw new WireError(
      'NotImplemented',
      'This version of Rung enforces no policies and simulates none. Ask without policies: everything is allowed to every key.',
      { status: 501 },
    );
  }
  return {
    IsTruncated: false,
    EvaluationResults: ActionNames.map((action) => ({
      EvalActionName: action,
      EvalResourceName: ResourceArns.length === 1 ? ResourceArns[0] : '*',
      EvalDecision: 'allowed',
      MatchedStatements: [],
      MissingContextValues: [],
      ResourceSpecificResults: ResourceArns.map((resource) => ({
        EvalResourceName: resource,
        EvalResourceDecision: 'allowed',
        MatchedStatements: [],
        MissingContextValues: [],
      })),
    })),
  };
}
