import type { Service } from '../../services/service.ts';

/** Just enough of S3 to see what the front door hands on. */
export function memoryS3(): Service & { readonly objects: Map<string, { body: Buffer; trailers: unknown }> } {
  const objects = new Map<string, { body: Buffer; trailers: unknown }>();
  const service: Service = {
    name: 's3',
    handlers: {
      async PutObject(input: { Bucket: string; Key: string; Body?: AsyncIterable<Uint8Array> }, context) {
        const pieces: Uint8Array[] = [];
        if (input.Body !== undefined) for await (const piece of input.Body) pieces.push(piece);
        objects.set(`${input.Bucket}/${input.Key}`, { body: Buffer.concat(pieces), trailers: await context.trailers });
        return { ETag: '"etag"' };
      },
      GetObject(input: { Bucket: string; Key: string }) {
        const body = objects.get(`${input.Bucket}/${input.Key}`)?.body ?? Buffer.from('nothing');
        return { Body: halves(body), ContentLength: body.length };
      },
      HeadObject: () => ({ ContentLength: 12_345, ETag: '"etag"' }),
      ListBuckets: () => ({ Buckets: [] }),
    },
  };
  return { ...service, objects };
}

async function* halves(body: Buffer): AsyncGenerator<Uint8Array> {
  yield body.subarray(0, body.length / 2);
  yield body.subarray(body.length / 2);
}
