/** Why work on a claim is stopped from outside. `lost`: the claim no longer stands; `shutdown`: the node stops. */
export class WorkStopped extends Error {
  constructor(readonly why: 'lost' | 'shutdown') {
    super(why === 'lost' ? 'The claim no longer stands.' : 'The node is stopping.');
    this.name = 'AbortError';
  }
}
