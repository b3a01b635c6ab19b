import { type JsonSchema } from './openapi-types.js';

const UUID = '01930a3e-7c5b-7d4e-9f10-2a3b4c5d6e7f';
const MOMENT = '2026-01-05T08:00:00.000Z';
const LINE_ITEM = 'https://lms.example.edu/api/lti/courses/7/line_items/12';

/** Examples by the name of the field: one name means one thing in the whole API. */
const BY_FIELD: Readonly<Record<string, unknown>> = {
  label: 'Quiz',
  scoreMaximum: 20,
  scoreGiven: 17.5,
  resultScore: 17.5,
  resultMaximum: 20,
  resourceId: 'quiz-1',
  resourceLinkId: 'link-3',
  tag: 'grade',
  submissionReview: { reviewableStatus: ['Submitted', 'Completed'], label: 'Read the essay' },
  lineItemId: LINE_ITEM,
  lineItemsUrl: 'https://lms.example.edu/api/lti/courses/7/line_items',
  membershipsUrl: 'https://lms.example.edu/api/lti/courses/7/names_and_roles',
  groupsUrl: 'https://lms.example.edu/api/lti/courses/7/groups',
  groupSetsUrl: 'https://lms.example.edu/api/lti/courses/7/group_sets',
  groupIds: ['group-1'],
  groupId: 'group-1',
  contextId: 'course-7',
  deploymentId: '1',
  deployments: ['1'],
  title: 'Chemistry',
  userId: '42',
  scoringUserId: '7',
  name: 'Ada Lovelace',
  givenName: 'Ada',
  familyName: 'Lovelace',
  email: 'ada@example.edu',
  roles: ['http://purl.imsglobal.org/vocab/lis/v2/membership#Learner'],
  comment: 'Well done',
  issuer: 'https://lms.example.edu',
  clientId: '10000000000001',
  allowedIssuers: ['https://lms.example.edu'],
  registrationUrl: 'https://lti.example.edu/lti/register?invitation=secret',
  signAfter: '2h',
  validFor: '7d',
  quietHours: { from: '22:00', to: '06:00', timeZone: 'Europe/Berlin' },
  idempotencyKey: 'attempt-1',
  scopes: ['https://purl.imsglobal.org/spec/lti-ags/scope/score'],
  message: 'What happened, and what to do about it.',
  // No fault, no delay and no end yet.
  error: null,
  gradesError: null,
  groupsError: null,
  retryAt: null,
  cursor: `desc.${UUID}`,
  nextCursor: `desc.${UUID}`,
};

const BY_FORMAT: Readonly<Record<string, unknown>> = {
  uuid: UUID,
  'date-time': MOMENT,
  uri: 'https://lms.example.edu/lti',
};

/** An example of a body, made from its schema. */
export function exampleOf(
  schema: JsonSchema,
  components: Readonly<Record<string, JsonSchema>>,
  field = '',
): unknown {
  const of = (inner: unknown, name = field): unknown => exampleOf(inner as JsonSchema, components, name);
  const { $ref, example, allOf, anyOf, oneOf, properties, items } = schema as {
    $ref?: string;
    example?: unknown;
    allOf?: unknown[];
    anyOf?: unknown[];
    oneOf?: unknown[];
    properties?: Record<string, JsonSchema>;
    items?: JsonSchema;
  };
  if (example !== undefined) return example;
  if (field in BY_FIELD && fits(BY_FIELD[field], schema)) return BY_FIELD[field];
  if ($ref !== undefined) return of(components[$ref.slice($ref.lastIndexOf('/') + 1)] ?? {});
  const [choice] = oneOf ?? anyOf ?? allOf ?? [];
  if (choice !== undefined) return of(choice);
  if (properties !== undefined)
    return Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, of(one, name)]));
  if (items !== undefined) return [of(items)];
  return valueOf(schema);
}

function valueOf(schema: JsonSchema): unknown {
  const {
    type,
    format,
    enum: values,
    minimum,
    default: fallback,
  } = schema as {
    type?: string;
    format?: string;
    enum?: unknown[];
    minimum?: number;
    default?: unknown;
  };
  if (values !== undefined) return values[0];
  if (fallback !== undefined) return fallback;
  if (format !== undefined && format in BY_FORMAT) return BY_FORMAT[format];
  if (type === 'boolean') return true;
  if (type === 'integer' || type === 'number') return Math.max(minimum ?? 0, 1);
  if (type === 'string') return 'text';
  if (type === 'array') return [];
  return {};
}

/** The same name may have another type elsewhere, such as a count. */
function fits(value: unknown, schema: JsonSchema): boolean {
  if (value === null) return schema.nullable === true;
  const { type, enum: values } = schema as { type?: string; enum?: unknown[] };
  if (values !== undefined) return values.includes(value);
  if (type === undefined) return typeof value === 'number' && 'anyOf' in schema;
  if (type === 'integer') return Number.isInteger(value);
  if (Array.isArray(value))
    return type === 'array' && value.every((one) => fits(one, schema.items as JsonSchema));
  return type === typeof value;
}
