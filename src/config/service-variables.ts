/** Values of `<SERVICE>_PORT`, such as `tcp://10.0.0.1:80`. */
const ADDRESS = /^(?:tcp|udp|sctp):\/\//;

const NAMES = /_SERVICE_HOST$|_SERVICE_PORT(?:_[A-Z0-9_]+)?$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/;

/**
 * Tells variables that Kubernetes puts into pods for the services of their namespace. Those of services named
 * `ocr` or `ocr-queue` look like settings: `OCR_PORT=tcp://10.0.0.1:80`, `OCR_QUEUE_SERVICE_HOST=10.0.0.1`.
 * Their form: https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
export function isServiceVariable(variable: string, value: string | undefined): boolean {
  return NAMES.test(variable) || (variable.endsWith('_PORT') && value !== undefined && ADDRESS.test(value));
}
