const PLACE = 'ocr-api-key';

/**
 * The key this browser calls the API with, where the server asks for one. It is kept for the browser tab only. `ask` is called when
 * a call was refused for want of a key; the app shows its form then.
 */
class ApiKey {
  private readonly listeners = new Set<() => void>();
  private asked = false;

  get(): string | null {
    return sessionStorage.getItem(PLACE);
  }

  set(key: string): void {
    sessionStorage.setItem(PLACE, key);
    this.asked = false;
    this.tell();
  }

  ask(): void {
    if (this.asked) return;
    this.asked = true;
    this.tell();
  }

  readonly isAsked = (): boolean => this.asked;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

export const apiKey = new ApiKey();
