export interface SourceLegendProps {
  readonly names: readonly string[];
  readonly hidden: ReadonlySet<number>;
  readonly waiting: ReadonlyMap<number, string>;
  readonly onHidden: (hidden: ReadonlySet<number>) => void;
}

/** Which colour is which container; a click hides it, a double click shows it alone. */
export function SourceLegend({ names, hidden, waiting, onHidden }: SourceLegendProps) {
  const toggle = (index: number) => {
    const next = new Set(hidden);
    if (!next.delete(index)) next.add(index);
    onHidden(next);
  };
  const alone = (index: number) => onHidden(new Set([...names.keys()].filter((other) => other !== index)));
  return (
    <div className="log-legend" role="toolbar" aria-label="Sources">
      {names.map((name, index) => (
        <button
          key={name}
          type="button"
          className={`log-chip c${index % 8}`}
          aria-pressed={!hidden.has(index)}
          title={waiting.get(index) ?? `${name} (double click: only this one)`}
          onClick={() => toggle(index)}
          onDoubleClick={() => alone(index)}
        >
          <i /> {name}
          {waiting.has(index) && <span className="muted"> waiting</span>}
        </button>
      ))}
    </div>
  );
}

/** `pod/container` without what all have in common: the pod where there is one pod, the container where there is one. */
export function shortNames(sources: readonly string[]): readonly string[] {
  const parts = sources.map((source) => source.split('/'));
  const onePod = new Set(parts.map(([pod]) => pod)).size === 1;
  const oneContainer = new Set(parts.map(([, container]) => container)).size === 1;
  return parts.map(([pod = '', container = '']) =>
    onePod ? container : oneContainer ? pod : `${pod}/${container}`,
  );
}
