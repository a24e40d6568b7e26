import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { IconButton } from './button.tsx';
import { describeError } from './describe-error.ts';

interface Toast {
  readonly id: number;
  readonly level: 'ok' | 'error';
  readonly what: string;
  readonly remedy?: string;
}

export interface Toasts {
  /** Says that something was done; gone after five seconds. */
  done(what: string): void;
  /** Says what failed and what to do; stays until closed. */
  failed(error: unknown): void;
}

const ToastContext = createContext<Toasts | null>(null);

export function useToasts(): Toasts {
  const toasts = useContext(ToastContext);
  if (toasts === null) throw new Error('useToasts outside ToastProvider');
  return toasts;
}

let lastId = 0;

export function ToastProvider({ children }: { children: ReactNode }) {
  const [items, setItems] = useState<readonly Toast[]>([]);
  const close = useCallback((id: number) => setItems((all) => all.filter((item) => item.id !== id)), []);
  const toasts = useMemo<Toasts>(() => {
    const add = (toast: Omit<Toast, 'id'>) => {
      lastId += 1;
      const id = lastId;
      setItems((all) => [...all.slice(-3), { ...toast, id }]);
      return id;
    };
    return {
      done: (what) => {
        const id = add({ level: 'ok', what });
        setTimeout(() => close(id), 5000);
      },
      failed: (error) => {
        const { what, remedy } = describeError(error);
        add({ level: 'error', what, remedy });
      },
    };
  }, [close]);
  return (
    <ToastContext value={toasts}>
      {children}
      <section className="toasts" aria-label="Notifications" aria-live="polite">
        {items.map((item) => (
          <div
            key={item.id}
            className={`toast tone-${item.level}`}
            role={item.level === 'error' ? 'alert' : 'status'}
          >
            {item.level === 'ok' ? <CircleCheck size={16} /> : <CircleAlert size={16} />}
            <div className="grow">
              <p className="what">{item.what}</p>
              {item.remedy && <p className="remedy">{item.remedy}</p>}
            </div>
            <IconButton label="Dismiss" onClick={() => close(item.id)}>
              <X size={14} />
            </IconButton>
          </div>
        ))}
      </section>
    </ToastContext>
  );
}
