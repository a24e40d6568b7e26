import { Loader2 } from 'lucide-react';
import { useEffect } from 'react';
import { useApp, useCluster } from '../data/context.tsx';
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

/** Says that a cluster's API does not answer, while that is so. Watches go on by themselves once it does. */
export function ClusterBanner() {
  const cluster = useCluster();
  const app = useApp();
  const reachable = useReadable(cluster.reachable);
  const connection = useReadable(app.rpc.connection);
  const state = useReadable(app.clusters)?.find((item) => item.name === cluster.name)?.state;
  // The app knows that it runs again, or the way to the app is back: no need to wait for the next question.
  const back = connection === 'open' && state === 'running';
  useEffect(() => {
    if (back) cluster.retryNow();
  }, [back, cluster]);
  if (reachable || connection === 'lost') return null;
  return (
    <div className="banner tone-warn" role="alert">
      <Loader2 size={15} className="spin" />
      <span>
        <b>The API of {cluster.name} does not answer.</b>{' '}
        {state === 'running'
          ? 'What you see may be out of date. It goes on by itself as soon as it answers.'
          : `The cluster is ${state}; this page goes on by itself when it runs again.`}
      </span>
    </div>
  );
}
