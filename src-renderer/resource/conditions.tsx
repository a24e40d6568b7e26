import { Age } from '../ui/age.tsx';
import { Card } from '../ui/card.tsx';
import { Dot, type Level } from '../ui/feedback.tsx';
import { LongText } from '../ui/long-text.tsx';
import { valueAt } from './json-path.ts';
import type { AnyObject } from './list-model.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

/** Conditions that are bad when true; most are good when true. */
const badWhenTrue = /Pressure$|Unavailable$|Failure$|^Disruption|^PodResizeP|Fail/;

function conditionLevel({ type, status }: Pick<Condition, 'type' | 'status'>): Level {
  if (status === 'Unknown') return 'warn';
  const good = badWhenTrue.test(type) ? status === 'False' : status === 'True';
  return good ? 'ok' : 'warn';
}

/** `status.conditions` of any kind that has them. */
export function Conditions({ object }: { object: AnyObject }) {
  const value = valueAt(object, 'status.conditions');
  const conditions = Array.isArray(value) ? value.filter(isCondition) : [];
  if (conditions.length === 0) return null;
  return (
    <Card title="Conditions">
      <table className="plain-table">
        <thead>
          <tr>
            <th>Condition</th>
            <th>Status</th>
            <th>Reason</th>
            <th>Since</th>
          </tr>
        </thead>
        <tbody>
          {conditions.map((condition) => (
            <tr key={condition.type}>
              <td className="nowrap">
                <span className="row">
                  <Dot level={conditionLevel(condition)} />
                  {condition.type}
                </span>
              </td>
              <td>{condition.status}</td>
              <td>
                {condition.reason}
                {condition.message && (
                  <div className="muted">
                    <LongText text={condition.message} />
                  </div>
                )}
              </td>
              <td className="muted">
                <Age at={condition.lastTransitionTime} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function isCondition(value: unknown): value is Condition {
  return typeof value === 'object' && value !== null && 'type' in value && 'status' in value;
}
