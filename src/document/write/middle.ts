/** The middle one of the values in order (the upper of two); undefined when there are none. */
export function middleOf(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
