import type { Step } from '@shared/rpc/contract.ts';
import { Check, ChevronRight, Circle, CircleSlash, Loader2, X } from 'lucide-react';
import { useState } from 'react';
import { useNow } from '../../ui/age.tsx';
import { formatDuration } from '../../ui/format.ts';
import './steps.css';

/** The steps of an operation with their timings; each opens to its output. The failed one is open at once. */
export function StepList({ steps }: { steps: readonly Step[] }) {
  return (
    <ol className="steps">
      {steps.map((step) => (
        <StepView key={step.id} step={step} />
      ))}
    </ol>
  );
}

function StepView({ step }: { step: Step }) {
  const [chosen, setChosen] = useState<boolean | null>(null);
  const open = chosen ?? step.state === 'failed';
  const foldable = step.log.length > 0;
  return (
    <li className={`step ${step.state}`}>
      <button
        type="button"
        className="step-head"
        aria-expanded={foldable ? open : undefined}
        disabled={!foldable}
        onClick={() => setChosen(!open)}
      >
        <StepIcon state={step.state} />
        <span className="step-title">{step.title}</span>
        {step.note && <span className="step-note truncate">{step.note}</span>}
        <span className="grow" />
        <StepTime step={step} />
        {foldable && <ChevronRight size={13} className={open ? 'step-fold open' : 'step-fold'} />}
      </button>
      {open && foldable && <pre className="step-log">{step.log.join('\n')}</pre>}
    </li>
  );
}

function StepIcon({ state }: { state: Step['state'] }) {
  const names: Record<Step['state'], string> = {
    waiting: 'Waiting',
    running: 'Running',
    done: 'Done',
    failed: 'Failed',
    skipped: 'Skipped',
  };
  const icons = {
    waiting: <Circle size={14} />,
    running: <Loader2 size={14} className="spin" />,
    done: <Check size={14} strokeWidth={2.6} />,
    failed: <X size={14} strokeWidth={2.6} />,
    skipped: <CircleSlash size={14} />,
  };
  return (
    <span className="step-icon" role="img" aria-label={names[state]}>
      {icons[state]}
    </span>
  );
}

function StepTime({ step }: { step: Step }) {
  const now = useNow(1000);
  if (step.startedAt === null || step.state === 'skipped') return null;
  const end =
    step.finishedAt === null ? Math.max(now, Date.parse(step.startedAt)) : Date.parse(step.finishedAt);
  return <span className="step-time num">{formatDuration(end - Date.parse(step.startedAt))}</span>;
}
