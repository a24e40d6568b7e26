/** Rows-to-come, in the place where the rows will be. */
export function TableSkeleton() {
  return (
    <div
      className="grow"
      role="status"
      aria-label="Loading"
      style={{ padding: '40px 16px', overflow: 'hidden' }}
    >
      {Array.from({ length: 14 }, (_, index) => (
        <div key={`row-${index.toString()}`} className="row" style={{ height: 33, gap: 24 }}>
          <div className="skeleton" style={{ height: 12, width: `${22 + ((index * 7) % 12)}%` }} />
          <div className="skeleton" style={{ height: 12, width: '9%' }} />
          <div className="skeleton" style={{ height: 12, width: '6%' }} />
          <div className="skeleton" style={{ height: 12, width: '12%' }} />
        </div>
      ))}
    </div>
  );
}
