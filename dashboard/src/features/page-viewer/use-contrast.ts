import { useEffect, useState } from 'react';
import { inkContrast } from './ink';

/** The contrast of a page's image, 0..1; null until it has been looked at. */
export function useContrast(image: Blob | undefined): number | null {
  const [contrast, setContrast] = useState<number | null>(null);
  useEffect(() => {
    setContrast(null);
    if (image === undefined) return;
    let gone = false;
    void contrastOf(image).then(
      (found) => gone || setContrast(found),
      () => undefined, // an image that cannot be looked at says nothing about its page
    );
    return () => {
      gone = true;
    };
  }, [image]);
  return contrast;
}

async function contrastOf(image: Blob): Promise<number | null> {
  const bitmap = await createImageBitmap(image);
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
  if (context === null) return null;
  context.drawImage(bitmap, 0, 0);
  return inkContrast(context.getImageData(0, 0, bitmap.width, bitmap.height).data);
}
