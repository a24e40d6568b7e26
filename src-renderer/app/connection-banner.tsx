import { Loader2 } from 'lucide-react';
import { useApp } from '../data/context.tsx';
import { useReadable } from '../data/readable.ts';
import { ErrorNotice } from '../ui/feedback.tsx';

/** Says that the window is cut off from the app, while that is so. Reconnecting goes on by itself. */
export function ConnectionBanner() {
  const app = useApp();
  const connection = useReadable(app.rpc.connection);
  const problem = useReadable(app.problem);
  if (connection === 'lost') {
    return (
      <div className="banner tone-warn" role="alert">
        <Loader2 size={15} className="spin" />
        <span>
          <b>Not connected to Slipway.</b> What you see may be out of date. Reconnecting by itself; if this
          stays, start the app again.
        </span>
      </div>
    );
  }
  return problem ? (
    <div style={{ padding: '8px 16px 0' }}>
      <ErrorNotice error={problem} />
    </div>
  ) : null;
}
