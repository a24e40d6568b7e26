import { systemClock } from '@shared/lib/clock.ts';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { router } from './app/router.tsx';
import { applyInitialTheme } from './app/theme.ts';
import { createAppState } from './data/app-state.ts';
import { AppStateProvider } from './data/context.tsx';
import { createRpcClient } from './data/rpc-client.ts';
import { ToastProvider } from './ui/toast.tsx';
import { TooltipProvider } from './ui/tooltip.tsx';
import './ui/tokens.css';
import './ui/base.css';
import './ui/controls.css';
import './ui/status.css';
import './ui/surfaces.css';
import './ui/overlays.css';

applyInitialTheme();

const rpcUrl = `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}/rpc`;
const app = createAppState(createRpcClient({ open: () => new WebSocket(rpcUrl), clock: systemClock }));
void app.run(new AbortController().signal);

const queries = new QueryClient({ defaultOptions: { queries: { retry: 1, refetchOnWindowFocus: false } } });

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <AppStateProvider value={app}>
        <TooltipProvider>
          <ToastProvider>
            <RouterProvider router={router} />
          </ToastProvider>
        </TooltipProvider>
      </AppStateProvider>
    </QueryClientProvider>
  </StrictMode>,
);
