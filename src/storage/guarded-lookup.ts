import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { ErrorCode } from '../errors/error-codes.js';
import { OcrError } from '../errors/ocr-error.js';

/** Gives the addresses of a host name. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

/**
 * A `lookup` for sockets that gives only addresses that were judged: a name whose answer holds a single forbidden one is refused
 * as a whole. Since the socket connects to exactly what is given here, an answer that changes between two look-ups gains nothing.
 */
export function guardedLookup(
  resolve: Resolve,
  isAllowed: (address: string) => boolean,
  refusal: ErrorCode = 'url_not_allowed',
): LookupFunction {
  return (hostname, options, callback) => {
    const answer = async () => {
      const addresses = await resolve(hostname);
      if (!addresses.every(({ address }) => isAllowed(address))) throw new OcrError(refusal);
      const wanted = options.family === 4 || options.family === 6 ? options.family : undefined;
      const usable = addresses.filter(({ family }) => wanted === undefined || family === wanted);
      const [first] = usable;
      if (first === undefined) throw new Error(`${hostname} has no address`);
      return { first, usable };
    };
    answer().then(
      ({ first, usable }) => (options.all === true ? callback(null, usable) : callback(null, first.address, first.family)),
      (error: Error) => callback(error, ''),
    );
  };
}
