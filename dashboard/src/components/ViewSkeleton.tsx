import { Skeleton, Stack } from '@mantine/core';

/** Stands in for a view whose code is on its way. */
export function ViewSkeleton() {
  return (
    <Stack gap="lg" aria-busy>
      <Skeleton height={34} width={220} />
      <Skeleton height={110} radius="lg" />
      <Skeleton height={280} radius="lg" />
    </Stack>
  );
}
