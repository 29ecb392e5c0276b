/** Where the bucket is, and the folder (`''`, or ending in a slash) the keys begin at. */
export interface S3Place {
  readonly bucket: string;
  readonly folder: string;
}

/** `s3://bucket/some/prefix` (its form was checked with the settings) as bucket and folder. */
export function placeOf(storeUrl: string): S3Place {
  const [bucket = '', ...parts] = storeUrl
    .slice('s3://'.length)
    .split('/')
    .filter((part) => part !== '');
  return { bucket, folder: parts.map((part) => `${part}/`).join('') };
}
