import { useMemo } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import {
  type RankingView,
  type StatisticPoint,
  type StatisticsView,
} from '../../../src/statistics/statistics.schema.js';
import { withQuery } from '../paths.js';
import { type Requested, useRequest } from '../use-request.js';
import { useRefresh } from '../use-refresh.js';
import { Chart, type Series } from './chart.js';
import { Choice } from './field.js';
import { RegistrationLink } from './links.js';
import { List } from './list.js';
import { Loaded } from './loaded.js';
import { Section } from './section.js';

const ranges = { day: 'Last 24 hours', week: 'Last 7 days', month: 'Last 30 days' } as const;
type Range = keyof typeof ranges;
const DAYS: Readonly<Record<Range, number>> = { day: 1, week: 7, month: 30 };
const DAY_MS = 86_400_000;

const number = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 1 });

/** Which time the page shows, by its URL. */
function useRange(): { range: Range; from: string; setRange: (range: Range) => void } {
  const { query, path, route } = useLocation();
  const range = query.range !== undefined && query.range in ranges ? (query.range as Range) : 'day';
  const from = useMemo(
    // eslint-disable-next-line no-restricted-syntax -- the reader's time
    () => new Date(Date.now() - DAYS[range] * DAY_MS).toISOString(),
    [range],
  );
  const setRange = (one: Range): void =>
    route(withQuery(path, { ...query, range: one === 'day' ? undefined : one }), true);
  return { range, from, setRange };
}

/** Charts over time of all registrations or one. */
export function Statistics({ registrationId }: { registrationId?: string }) {
  const { range, from, setRange } = useRange();
  const interval = range === 'month' ? 'day' : 'hour';
  const request = useRequest<StatisticsView>(withQuery('statistics', { from, interval, registrationId }));
  useRefresh(request.reload);
  return (
    <Section
      title="Over time"
      intro="The counts of all processes, up to a minute old. The last point is not over yet."
      actions={<Choice label="Time" name="range" value={range} options={ranges} onValue={setRange} />}
    >
      <Loaded request={request}>{({ points }) => <Charts {...{ points, interval }} />}</Loaded>
    </Section>
  );
}

function Charts({ points, interval }: { points: readonly StatisticPoint[]; interval: 'hour' | 'day' }) {
  const common = { interval, times: points.map(({ at }) => at) };
  const valuesOf = (name: keyof Omit<StatisticPoint, 'at'>) => points.map((point) => point[name]);
  const total = (label: string, name: keyof Omit<StatisticPoint, 'at'>, unit = ''): Series => {
    const values = valuesOf(name);
    const sum = values.reduce<number>((all, value) => all + (value ?? 0), 0);
    return { label, values, summary: number.format(sum) + unit };
  };
  const slowest = Math.max(0, ...points.map(({ slowestRequestMs }) => slowestRequestMs ?? 0));
  const requests = points.reduce((all, { tokenRequests, tokenUses }) => all + tokenRequests + tokenUses, 0);
  const requestMs = points.reduce(
    (all, { tokenRequests, tokenUses, meanRequestMs }) =>
      all + (tokenRequests + tokenUses) * (meanRequestMs ?? 0),
    0,
  );
  return (
    <div class="charts">
      <Chart
        {...common}
        title="Syncs"
        series={[total('Completed', 'syncs'), total('Failed or suspicious', 'failedSyncs')]}
        empty="No course was synced in this time. Courses that are in use are synced by themselves."
      />
      <Chart
        {...common}
        title="Scores"
        series={[total('Posted', 'scores'), total('Rejected', 'rejectedScores')]}
        empty="No score was sent in this time. The tool puts scores into the outbox by the REST API."
      />
      <Chart
        {...common}
        title="Launches"
        series={[total('Accepted', 'launches'), total('Refused', 'refusedLaunches')]}
        empty="Nobody launched the tool in this time. Launches come from the platform's courses."
      />
      <Chart
        {...common}
        title="Access tokens"
        series={[total('Uses', 'tokenUses'), total('Requests for a token', 'tokenRequests')]}
        empty="No request went to a platform in this time. Syncs and scores need access tokens."
      />
      <Chart
        {...common}
        title="Latency of the platforms"
        unit="ms"
        series={[
          {
            label: 'Mean',
            values: valuesOf('meanRequestMs'),
            summary: requests === 0 ? 'none' : `${number.format(requestMs / requests)} ms`,
          },
          {
            label: 'Slowest',
            values: valuesOf('slowestRequestMs'),
            summary: slowest === 0 ? 'none' : `${number.format(slowest)} ms`,
          },
        ]}
        empty="No request went to a platform in this time."
      />
      <Chart
        {...common}
        title="Pauses that platforms asked for"
        unit="s"
        series={[total('Throttled', 'throttledSeconds', ' s')]}
        empty="No platform asked for a pause in this time."
      />
    </div>
  );
}

const orders = {
  tokenUses: 'Most requests',
  failedRequests: 'Most failed requests',
  meanRequestMs: 'Slowest on average',
  throttledSeconds: 'Longest pauses',
  failedSyncs: 'Most failed syncs',
  rejectedScores: 'Most rejected scores',
} as const;
type Order = keyof typeof orders;

/** The registrations side by side, those with the most of something first. */
export function Ranking() {
  const { range, from } = useRange();
  const { query, path, route } = useLocation();
  const by = query.by !== undefined && query.by in orders ? (query.by as Order) : 'tokenUses';
  const request = useRequest<RankingView>(withQuery('statistics/registrations', { from, by }));
  useRefresh(request.reload);
  return (
    <Section
      title="By platform"
      intro={`The first 20 platforms by the order that you choose. ${ranges[range]}.`}
      actions={
        <Choice
          label="Order"
          name="by"
          value={by}
          options={orders}
          onValue={(one) => route(withQuery(path, { ...query, by: one }), true)}
        />
      }
    >
      <List
        name="Platforms"
        pages={pagesOf(request)}
        keyOf={({ registrationId }) => registrationId}
        columns={[
          { label: 'Registration', cell: ({ registrationId }) => <RegistrationLink id={registrationId} /> },
          {
            label: 'Requests',
            cell: ({ tokenRequests, tokenUses }) => number.format(tokenRequests + tokenUses),
          },
          { label: 'Failed', cell: ({ failedRequests }) => number.format(failedRequests) },
          { label: 'Mean', cell: ({ meanRequestMs }) => milliseconds(meanRequestMs) },
          { label: 'Slowest', cell: ({ slowestRequestMs }) => milliseconds(slowestRequestMs) },
          { label: 'Throttled', cell: ({ throttledSeconds }) => `${number.format(throttledSeconds)} s` },
          { label: 'Failed syncs', cell: ({ failedSyncs }) => number.format(failedSyncs) },
          { label: 'Rejected scores', cell: ({ rejectedScores }) => number.format(rejectedScores) },
        ]}
        empty={<p>No request went to a platform in this time. The first sync or score fills this list.</p>}
      />
    </Section>
  );
}

function milliseconds(value: number | null): string {
  return value === null ? 'none' : `${number.format(value)} ms`;
}

function pagesOf({ data, problem, isStale, reload }: Requested<RankingView>) {
  return { items: data?.items, problem, isStale, more: undefined, reload };
}
