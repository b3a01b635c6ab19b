import { getDataSourceToken } from '@nestjs/typeorm';
import { type DataSource } from 'typeorm';
import { LTI_DATA_SOURCE } from '../../src/database/lti-data-source.js';
import { type LtiTestApp } from './lti-app.js';

/** The members of a course, each with `ctid` and `xmin` of its row: any write changes them. */
export async function membershipVersions(lti: LtiTestApp, courseId: string): Promise<string[]> {
  const rows = await dataSourceOf(lti).query<{ version: string }[]>(
    `SELECT user_id || ' ' || ctid || ' ' || xmin AS version
     FROM nest_lti.membership WHERE course_id = $1 ORDER BY user_id`,
    [courseId],
  );
  return rows.map(({ version }) => version);
}

/** The same for a course's line items and results. */
export async function gradebookVersions(lti: LtiTestApp, courseId: string): Promise<string[]> {
  const rows = await dataSourceOf(lti).query<{ version: string }[]>(
    `SELECT line_item_id || ' ' || ctid || ' ' || xmin AS version FROM nest_lti.line_item WHERE course_id = $1
     UNION ALL
     SELECT line_item_key || user_id || ' ' || ctid || ' ' || xmin FROM nest_lti.result WHERE course_id = $1
     ORDER BY 1`,
    [courseId],
  );
  return rows.map(({ version }) => version);
}

/** The same for a course's groups. `xmax` changes, too, if the row is only locked. */
export async function groupVersions(lti: LtiTestApp, courseId: string): Promise<string[]> {
  const rows = await dataSourceOf(lti).query<{ version: string }[]>(
    `SELECT group_id || ' ' || ctid || ' ' || xmin || ' ' || xmax AS version
     FROM nest_lti.course_group WHERE course_id = $1 ORDER BY group_id`,
    [courseId],
  );
  return rows.map(({ version }) => version);
}

/** The app's database, for values that its API does not show. */
export function dataSourceOf({ app }: LtiTestApp): DataSource {
  return app.get<DataSource>(getDataSourceToken(LTI_DATA_SOURCE), { strict: false });
}
