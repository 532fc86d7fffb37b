/** A role that was made by CreateRole. */
export interface IamRoleTypes {
  spec: {
    /** Begins and ends with a slash. */
    path: string;
    /** JSON, as it was given. */
    assumeRolePolicyDocument: string;
    description?: string;
    /** Seconds. */
    maxSessionDuration: number;
  };
  status: Record<string, never>;
}
