/** Checksums between the wire's many members and the object store's one. */
import type { Checksum, PutOptions } from '../../objects/object-store.ts';
import type { RequestContext } from '../service.ts';
import { refuse } from './errors.ts';

type Algorithm = Checksum['algorithm'];

export interface ChecksumMembers {
  ChecksumCRC32?: string | undefined;
  ChecksumCRC32C?: string | undefined;
  ChecksumCRC64NVME?: string | undefined;
  ChecksumSHA1?: string | undefined;
  ChecksumSHA256?: string | undefined;
}

const ALGORITHMS: readonly Algorithm[] = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'];

/** @throws InvalidRequest for one that S3 knows and Rung does not */
export function supportedAlgorithm(name: string | undefined): Algorithm | undefined {
  if (name === undefined) return undefined;
  const found = ALGORITHMS.find((algorithm) => algorithm === name);
  if (found === undefined)
    throw refuse.invalidRequest(
      `The checksum algorithm ${name} is not supported. Use one of ${ALGORITHMS.join(', ')}.`,
    );
  return found;
}

/**
 * What a request says of the checksum of its body: in a header; in the trailer of an `aws-chunked` body, whose value is there only after the
 * body; or only that one is to be computed.
 */
export function requestedChecksum(
  input: ChecksumMembers & { ChecksumAlgorithm?: string | undefined },
  context: Pick<RequestContext, 'headers' | 'trailers'>,
): PutOptions['checksum'] {
  const given = checksumInHeaders(input);
  if (given !== undefined) return given;
  const { trailers } = context;
  const announced = context.headers['x-amz-trailer']?.toLowerCase() ?? '';
  const trailed = ALGORITHMS.find((algorithm) =>
    announced.split(',').some((name) => name.trim() === headerOf(algorithm)),
  );
  if (trailed !== undefined && trailers !== undefined) {
    return { algorithm: trailed, value: trailers.then((values) => values[headerOf(trailed)]) };
  }
  const algorithm = supportedAlgorithm(input.ChecksumAlgorithm);
  return algorithm && { algorithm };
}

export function checksumInHeaders(input: ChecksumMembers): { algorithm: Algorithm; value: string } | undefined {
  for (const algorithm of ALGORITHMS) {
    const value = input[`Checksum${algorithm}`];
    if (value !== undefined) return { algorithm, value };
  }
  return undefined;
}

export function checksumMembers(checksum: Checksum | undefined): ChecksumMembers {
  return checksum === undefined ? {} : { [`Checksum${checksum.algorithm}`]: checksum.value };
}

/** With the type, for answers about whole objects. */
export function objectChecksumMembers(
  checksum: Checksum | undefined,
): ChecksumMembers & { ChecksumType?: 'COMPOSITE' | 'FULL_OBJECT' } {
  return checksum === undefined ? {} : { ...checksumMembers(checksum), ChecksumType: checksumType(checksum) };
}

export function checksumType(checksum: Checksum): 'COMPOSITE' | 'FULL_OBJECT' {
  return checksum.value.includes('-') ? 'COMPOSITE' : 'FULL_OBJECT';
}

function headerOf(algorithm: Algorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}
