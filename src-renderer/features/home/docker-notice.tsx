import { useApp } from '../../data/context.tsx';
import { useReadable } from '../../data/readable.ts';
import { Notice } from '../../ui/feedback.tsx';

/** Says what Docker lacks, what to do, and what works without it. Silent while Docker runs. */
export function DockerNotice() {
  const docker = useReadable(useApp().docker);
  if (docker === null || docker.state === 'running') return null;
  return (
    <Notice level="warn" title={docker.message}>
      <p>{docker.remedy}</p>
      <p>Until then, clusters with simulated nodes work: everything but real containers.</p>
    </Notice>
  );
}
