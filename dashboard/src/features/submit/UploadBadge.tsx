export function UploadBadge() {
  return null;
}
