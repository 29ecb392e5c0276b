import { QueryClient } from '@tanstack/react-query';
import { ApiProblem } from '~/api/problem';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5000,
      // What the server refuses it will refuse again; what did not get through is worth two more tries.
      retry: (failures, error) => failures < 2 && error instanceof ApiProblem && error.retryable,
      refetchOnWindowFocus: true,
    },
  },
});
