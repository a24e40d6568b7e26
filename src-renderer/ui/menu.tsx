import type { LucideIcon } from 'lucide-react';
import { ContextMenu, DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';

/** One entry of a menu; `separator` starts a new group. */
export interface MenuEntry {
  readonly id: string;
  readonly label: string;
  readonly icon?: LucideIcon;
  readonly shortcut?: string;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  /** A line above the entry. */
  readonly separator?: boolean;
  readonly onSelect: () => void;
}

function Content({ entry }: { entry: MenuEntry }) {
  return (
    <>
      {entry.icon && <entry.icon size={14} />}
      <span>{entry.label}</span>
      {entry.shortcut && <kbd>{entry.shortcut}</kbd>}
    </>
  );
}

function itemClass(entry: MenuEntry): string {
  return entry.danger ? 'menu-item danger' : 'menu-item';
}

/** A menu that drops from its trigger. */
export function Menu({
  trigger,
  label,
  entries,
}: {
  trigger: ReactNode;
  label?: string;
  entries: readonly MenuEntry[];
}) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={5} collisionPadding={8}>
          {label !== undefined && <DropdownMenu.Label className="menu-label">{label}</DropdownMenu.Label>}
          {entries.map((entry) => (
            <div key={entry.id}>
              {entry.separator && <DropdownMenu.Separator className="menu-separator" />}
              <DropdownMenu.Item
                className={itemClass(entry)}
                disabled={entry.disabled === true}
                onSelect={entry.onSelect}
              >
                <Content entry={entry} />
              </DropdownMenu.Item>
            </div>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** The same entries on a right click (or the context-menu key) anywhere in `children` (one element). */
export function ContextArea({ entries, children }: { entries: readonly MenuEntry[]; children: ReactNode }) {
  return (
    <ContextMenu.Root modal={false}>
      <ContextMenu.Trigger asChild>{children}</ContextMenu.Trigger>
      {entries.length > 0 && (
        <ContextMenu.Portal>
          <ContextMenu.Content className="menu" collisionPadding={8}>
            {entries.map((entry) => (
              <div key={entry.id}>
                {entry.separator && <ContextMenu.Separator className="menu-separator" />}
                <ContextMenu.Item
                  className={itemClass(entry)}
                  disabled={entry.disabled === true}
                  onSelect={entry.onSelect}
                >
                  <Content entry={entry} />
                </ContextMenu.Item>
              </div>
            ))}
          </ContextMenu.Content>
        </ContextMenu.Portal>
      )}
    </ContextMenu.Root>
  );
}
