/** What tests of other packages need of the worker. */
export { type S3Door, openS3Door } from './s3-door.ts';
