/** A number for a content stream, as short as its precision allows: no exponent, no trailing zeros, no zero before the point. */
export function short(value: number, digits = 2): string {
  return String(Number(value.toFixed(digits)) + 0).replace(/^(-?)0\./, '$1.');
}
