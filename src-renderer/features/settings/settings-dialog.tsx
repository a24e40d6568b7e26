import type { Settings } from '@shared/rpc/contract.ts';
import { useId, useState } from 'react';
import { useApp } from '../../data/context.tsx';
import { useReadable } from '../../data/readable.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorNotice, SkeletonLines } from '../../ui/feedback.tsx';
import { withName } from './autostart.ts';
import './settings.css';

const themes: readonly { readonly id: Settings['theme']; readonly title: string }[] = [
  { id: 'system', title: 'As the system' },
  { id: 'light', title: 'Light' },
  { id: 'dark', title: 'Dark' },
];

/** The app's few settings; each change holds at once. */
export function SettingsDialog({ onClose }: { onClose: () => void }) {
  const app = useApp();
  const settings = useReadable(app.settings);
  const info = useReadable(app.info);
  const clusters = useReadable(app.clusters) ?? [];
  const [error, setError] = useState<unknown>(null);
  const change = (part: Partial<Settings>) => {
    setError(null);
    app.changeSettings(part).catch(setError);
  };
  return (
    <Dialog
      title="Settings"
      onClose={onClose}
      footer={
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <div className="stack settings">
        {error !== null && <ErrorNotice error={error} />}
        {settings === null ? (
          <SkeletonLines count={3} />
        ) : (
          <>
            <fieldset>
              <legend>Theme</legend>
              <div className="row" style={{ gap: 16 }}>
                {themes.map(({ id, title }) => (
                  <label key={id} className="row">
                    <input
                      type="radio"
                      name="theme"
                      checked={settings.theme === id}
                      onChange={() => change({ theme: id })}
                    />
                    {title}
                  </label>
                ))}
              </div>
            </fieldset>
            <fieldset>
              <legend>Deleting</legend>
              <Toggle
                label="Ask before objects are deleted, and show what goes with them"
                checked={settings.confirmDelete}
                onChange={(confirmDelete) => change({ confirmDelete })}
              />
            </fieldset>
            <fieldset>
              <legend>Start with Slipway</legend>
              {clusters.length === 0 && <p className="muted">There is no cluster yet.</p>}
              {clusters.map(({ name }) => (
                <Toggle
                  key={name}
                  label={name}
                  checked={settings.autostart.includes(name)}
                  onChange={(on) => change({ autostart: withName(settings.autostart, name, on) })}
                />
              ))}
            </fieldset>
          </>
        )}
        {info && (
          <p className="muted settings-about">
            Slipway {info.version} · Kubernetes {info.kubernetesVersion} · data in{' '}
            <span className="mono">{info.dataDir}</span>
          </p>
        )}
      </div>
    </Dialog>
  );
}

interface ToggleProps {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

function Toggle({ label, checked, onChange }: ToggleProps) {
  const id = useId();
  return (
    <div className="row">
      <input id={id} type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      <label htmlFor={id}>{label}</label>
    </div>
  );
}
