import { expect, it } from 'vitest';
import { Histogram, MetricsText } from './metrics-text.ts';

// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format

it('writes families with what they mean, in the order in which they were named, without empty ones', () => {
  const text = new MetricsText();
  const requests = text.counter('requests_total', 'Requests so far.');
  const limit = text.gauge('limit', 'What is allowed.');
  text.gauge('nothing', 'Nothing to tell.');
  limit(Number.POSITIVE_INFINITY);
  requests(1, { path: 'C:\\"x"\n', code: '200' });
  requests(2.5, { code: '404' }, 1_395_066_363_000);
  expect(text.toString()).toBe(`# HELP requests_total Requests so far.
# TYPE requests_total counter
requests_total{path="C:\\\\\\"x\\"\\n",code="200"} 1
requests_total{code="404"} 2.5 1395066363000
# HELP limit What is allowed.
# TYPE limit gauge
limit +Inf
`);
});

it('writes histograms cumulatively; a bound is part of its bucket', () => {
  const text = new MetricsText();
  const seconds = text.histogram('seconds', 'How long it took.');
  const histogram = new Histogram([0.5, 1]);
  seconds(histogram, { verb: 'NONE' });
  for (const value of [0.25, 0.5, 0.75, 3]) histogram.add(value);
  histogram.add(1, 2);
  seconds(histogram, { verb: 'GET' });
  expect(text.toString()).toBe(`# HELP seconds How long it took.
# TYPE seconds histogram
seconds_bucket{verb="GET",le="0.5"} 2
seconds_bucket{verb="GET",le="1"} 5
seconds_bucket{verb="GET",le="+Inf"} 6
seconds_sum{verb="GET"} 6.5
seconds_count{verb="GET"} 6
`);
});
