import { parser } from '@prometheus-io/lezer-promql';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BacklogMetrics } from './backlog-metrics.js';
import { JobMetrics } from './job-metrics.js';
import { LtiMetrics } from './lti-metrics.js';
import { PlatformMetrics } from './platform-metrics.js';
import { TokenMetrics } from './token-metrics.js';
import { WorkMetrics } from './work-metrics.js';

const read = (path: string): string => readFileSync(join(process.cwd(), 'docs', path), 'utf8');

/** The names that PromQL can ask for, such as `_bucket` of a histogram. */
function queryableNames({ registry }: LtiMetrics): Set<string> {
  return new Set(
    registry
      .getMetricsAsArray()
      .flatMap((metric) =>
        'buckets' in metric
          ? ['bucket', 'sum', 'count'].map((part) => `${metric.name}_${part}`)
          : [metric.name],
      ),
  );
}

describe('the documented metrics', () => {
  const metrics = new LtiMetrics();
  for (const part of [BacklogMetrics, JobMetrics, PlatformMetrics, TokenMetrics, WorkMetrics])
    new part(metrics);
  const inCode = metrics.registry.getMetricsAsArray();

  it('are those of the code, with their labels', () => {
    const documented = [...read('operating.md').matchAll(/^\| `(nest_lti_\w+)(?:\{([\w,]*)\})?` +\|/gm)];
    const labels = documented.map(([, name, list = '']) => `${name}{${list}}`);
    const expected = inCode.map((metric) => {
      const { labelNames = [] } = metric as { labelNames?: string[] };
      return `${metric.name}{${labelNames.join(',')}}`;
    });
    expect(labels.sort()).toEqual(expected.sort());
  });

  it('have the base units and endings of Prometheus', () => {
    for (const metric of inCode) {
      expect(metric.name).not.toMatch(/_(?:ms|milliseconds|minutes|hours)\b/);
      expect([metric.name, metric.name.endsWith('_total')]).toEqual([
        metric.name,
        metric.constructor.name === 'Counter',
      ]);
    }
  });

  describe('in the example dashboard and alert rules', () => {
    const dashboard = JSON.parse(read('monitoring/dashboard.json')) as {
      panels: { title: string; targets: { expr: string }[] }[];
    };
    const rules = read('monitoring/alerts.yml');
    const expressions = [
      ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
      ...[...rules.matchAll(/^ +expr: (.+)$/gm)].map(([, expr]) => expr!),
    ];

    it('are sane PromQL, and name metrics that exist', () => {
      expect(expressions.length).toBeGreaterThan(15);
      const names = queryableNames(metrics);
      for (const expression of expressions) {
        const faults: string[] = [];
        const used: string[] = [];
        parser.parse(expression).iterate({
          enter: ({ type, from, to }) => {
            if (type.isError) faults.push(`${expression} at ${from}`);
            if (type.name === 'Identifier' && expression.slice(from, to).startsWith('nest_lti_'))
              used.push(expression.slice(from, to));
          },
        });
        expect(faults).toEqual([]);
        expect(used.length).toBeGreaterThan(0);
        expect(used.filter((name) => !names.has(name))).toEqual([]);
      }
    });

    it('say for each alert what it means and what to do', () => {
      const alerts = rules.split(/^ +- alert: /m).slice(1);
      expect(alerts.length).toBeGreaterThan(6);
      for (const alert of alerts) {
        expect(alert).toMatch(/^ +severity: (?:page|ticket)$/m);
        expect(alert).toMatch(/^ +summary: .{20,}$/m);
        expect(alert).toMatch(/^ +runbook: .{40,}$/m);
      }
    });
  });
});
