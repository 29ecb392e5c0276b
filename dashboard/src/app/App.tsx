import { MantineProvider } from '@mantine/core';
import { ModalsProvider } from '@mantine/modals';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { setNonce } from 'get-nonce';
import { ApiKeyForm } from './ApiKeyForm';
import { STYLE_NONCE } from './nonce';
import { queryClient } from './query-client';
import { router } from './router';
import { cssVariables, theme } from './theme';

setNonce(STYLE_NONCE);

export function App() {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => STYLE_NONCE}
    >
      <QueryClientProvider client={queryClient}>
        <ModalsProvider>
          <RouterProvider router={router} />
          <ApiKeyForm />
        </ModalsProvider>
        <Notifications position="bottom-center" limit={4} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
