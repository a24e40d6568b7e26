import { Outlet, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { ConnectionBanner } from './connection-banner.tsx';
import { DialogsHost } from './dialogs-host.tsx';
import { CommandPalette } from './palette.tsx';
import { Sidebar } from './sidebar.tsx';
import { Topbar } from './topbar.tsx';
import { useGlobalKeys } from './use-global-keys.ts';
import './shell.css';

/** The window's frame: side bar, top bar, the page, and what lies over them. */
export function Shell() {
  const { cluster } = useParams({ strict: false });
  const [paletteOpen, setPaletteOpen] = useState(false);
  useGlobalKeys({ onPalette: () => setPaletteOpen((open) => !open) });
  return (
    <DialogsHost>
      <div className="shell">
        <button type="button" className="skip" onClick={() => document.getElementById('main')?.focus()}>
          Skip to content
        </button>
        <Sidebar cluster={cluster} />
        <div className="shell-main">
          <Topbar cluster={cluster} onPalette={() => setPaletteOpen(true)} />
          <ConnectionBanner />
          <main id="main" tabIndex={-1}>
            <Outlet />
          </main>
        </div>
        {paletteOpen && <CommandPalette cluster={cluster} onClose={() => setPaletteOpen(false)} />}
      </div>
    </DialogsHost>
  );
}
