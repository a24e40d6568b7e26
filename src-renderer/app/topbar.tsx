import { Monitor, Moon, Search, Settings, Sun } from 'lucide-react';
import { useDialogs } from '../resource/dialogs.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Menu } from '../ui/menu.tsx';
import { Breadcrumbs } from './breadcrumbs.tsx';
import { NamespacePicker } from './namespace-picker.tsx';
import { OperationsTray } from './operations-tray.tsx';
import { useTheme } from './theme.ts';

const isMac = navigator.userAgent.includes('Mac');

/** Where one is, which namespaces one looks at, search, running operations, theme. */
export function Topbar({ cluster, onPalette }: { cluster: string | undefined; onPalette: () => void }) {
  const { theme, set } = useTheme();
  const dialogs = useDialogs();
  const ThemeIcon = theme === 'light' ? Sun : theme === 'dark' ? Moon : Monitor;
  return (
    <header className="top">
      <Breadcrumbs />
      <span className="grow" />
      {cluster !== undefined && <NamespacePicker cluster={cluster} />}
      <Button size="sm" className="top-search" onClick={onPalette} aria-label="Search and commands">
        <Search size={14} />
        <span>Search</span>
        <kbd>{isMac ? '⌘K' : 'Ctrl K'}</kbd>
      </Button>
      <OperationsTray />
      <Menu
        trigger={
          <IconButton label="Theme">
            <ThemeIcon size={15} />
          </IconButton>
        }
        entries={[
          { id: 'system', label: 'As the system', icon: Monitor, onSelect: () => set('system') },
          { id: 'light', label: 'Light', icon: Sun, onSelect: () => set('light') },
          { id: 'dark', label: 'Dark', icon: Moon, onSelect: () => set('dark') },
        ]}
      />
      <IconButton label="Settings" onClick={dialogs.settings}>
        <Settings size={15} />
      </IconButton>
    </header>
  );
}
