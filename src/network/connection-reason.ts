/** What callers may know of a connection that failed; the rest stands in the log. */
const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'The host name of the address is unknown',
  EAI_AGAIN: 'The host name of the address cannot be looked up at the moment',
  ECONNREFUSED: 'The server of the address refuses connections',
  ECONNRESET: 'The server of the address broke the connection off',
};

/** Why there was no answer from an address, in a sentence for who named it. @param code of node's error */
export function connectionReason(code: string | undefined): string | undefined {
  if (code !== undefined && /^(CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/.test(code))
    return 'The certificate of the address’s server is not valid';
  return code === undefined ? undefined : REASONS[code];
}
