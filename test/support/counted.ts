/** Counts how often numbers are looked at, so that a test can tell how work grows without a clock. */
export class LookCounter {
  looks = 0;

  /** The number, which counts each time it is reckoned with or compared. */
  number(value: number): number {
    const counted = {
      valueOf: () => {
        this.looks++;
        return value;
      },
    };
    return counted as unknown as number;
  }
}
