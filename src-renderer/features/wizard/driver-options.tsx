import type { NodeDriver } from '@shared/rpc/contract.ts';
import { Box, Container } from 'lucide-react';
import type { ReactNode } from 'react';

export interface DriverOptionsProps {
  readonly chosen: NodeDriver;
  /** Why Docker cannot be chosen. */
  readonly dockerReason: string | undefined;
  readonly onChoose: (driver: NodeDriver) => void;
}

/** Real or simulated nodes. */
export function DriverOptions({ chosen, dockerReason, onChoose }: DriverOptionsProps) {
  return (
    <fieldset className="drivers">
      <legend>Nodes are</legend>
      <DriverOption
        driver="docker"
        chosen={chosen}
        icon={<Container size={18} />}
        title="Real"
        text="Docker containers that run your images."
        reason={dockerReason}
        onChoose={onChoose}
      />
      <DriverOption
        driver="hollow"
        chosen={chosen}
        icon={<Box size={18} />}
        title="Simulated"
        text="No Docker needed; pods only pretend to run. For learning and for scale."
        onChoose={onChoose}
      />
    </fieldset>
  );
}

interface DriverOptionProps {
  readonly driver: NodeDriver;
  readonly chosen: NodeDriver;
  readonly icon: ReactNode;
  readonly title: string;
  readonly text: string;
  /** Why it cannot be chosen. */
  readonly reason?: string | undefined;
  readonly onChoose: (driver: NodeDriver) => void;
}

function DriverOption({ driver, chosen, icon, title, text, reason, onChoose }: DriverOptionProps) {
  return (
    <label className="driver" data-disabled={reason !== undefined}>
      <input
        type="radio"
        name="driver"
        value={driver}
        checked={chosen === driver}
        disabled={reason !== undefined}
        onChange={() => onChoose(driver)}
      />
      {icon}
      <span>
        <b>{title}</b>
        <span>{text}</span>
        {reason && <span className="driver-reason">{reason}</span>}
      </span>
    </label>
  );
}
