const PLACE = 'ocr-api-key';

/** `none`: no key is asked for. `missing`: the server wants one. `wrong`: it did not take the one it was given. */
export type KeyDemand = 'none' | 'missing' | 'wrong';

/**
 * The key this browser calls the API with, where the server asks for one. It is kept for the browser tab only. `refused` is called when
 * a call was refused for want of a key; the app shows its form then.
 */
class ApiKey {
  private readonly listeners = new Set<() => void>();
  private demanded: KeyDemand = 'none';

  get(): string | null {
    return sessionStorage.getItem(PLACE);
  }

  set(key: string): void {
    sessionStorage.setItem(PLACE, key);
    this.become('none');
  }

  /** @param key what the refused call was made with. A call of before the present key was entered says nothing about it. */
  refused(key: string | null): void {
    if (key !== this.get()) return;
    sessionStorage.removeItem(PLACE);
    if (this.demanded === 'none') this.become(key === null ? 'missing' : 'wrong');
  }

  readonly demand = (): KeyDemand => this.demanded;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private become(demand: KeyDemand): void {
    this.demanded = demand;
    for (const listener of this.listeners) listener();
  }
}

export const apiKey = new ApiKey();
