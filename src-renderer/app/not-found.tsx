import { Link } from '@tanstack/react-router';
import { Empty } from '../ui/feedback.tsx';

export function NotFound() {
  return (
    <Empty title="There is nothing at this address" action={<Link to="/">Go to the clusters</Link>}>
      The page may belong to a cluster or an object that is gone.
    </Empty>
  );
}
