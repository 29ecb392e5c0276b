/** The nonce of this page, which styles made at run time must carry to be let in by the Content-Security-Policy. */
export const STYLE_NONCE: string = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
