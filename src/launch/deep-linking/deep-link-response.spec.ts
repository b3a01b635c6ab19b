import { type z } from 'zod';
import { contentItemSchema, deepLinkResponseSchema } from './content-item.schema.js';
import { checkItems, familyWarnings, responseClaims } from './deep-link-response.js';

type Settings = Parameters<typeof checkItems>[0];

const all: Settings = {
  returnUrl: 'https://lms.example.edu/return',
  acceptTypes: ['ltiResourceLink', 'link', 'file', 'html', 'image'],
  acceptPresentationDocumentTargets: ['iframe', 'window'],
  acceptMultiple: true,
  acceptLineItem: true,
};
const link = { type: 'ltiResourceLink' as const, title: 'Quiz' };
const graded = { ...link, lineItem: { scoreMaximum: 10 } };
const codeOf = (settings: Partial<Settings>, ...items: z.output<typeof contentItemSchema>[]) => {
  try {
    checkItems({ ...all, ...settings }, items);
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('the items of a deep linking response', () => {
  it.each([
    ['items of every type', {}, [graded, { type: 'html' as const, html: '<p>x</p>' }], 'accepted'],
    ['no item at all', { acceptTypes: [] }, [], 'accepted'],
    ['a type that is not accepted', { acceptTypes: ['link'] }, [link], 'deep_link_type_not_accepted'],
    ['two where one is accepted', { acceptMultiple: false }, [link, link], 'deep_link_multiple_not_accepted'],
    [
      'two where the platform does not say',
      { acceptMultiple: undefined },
      [link, link],
      'deep_link_multiple_not_accepted',
    ],
    [
      'a line item where none is accepted',
      { acceptLineItem: false },
      [graded],
      'deep_link_line_item_not_accepted',
    ],
    ['a line item where the platform does not say', { acceptLineItem: undefined }, [graded], 'accepted'],
    [
      'a presentation that the platform cannot give',
      { acceptPresentationDocumentTargets: ['window'] },
      [{ ...link, iframe: {} }],
      'deep_link_target_not_accepted',
    ],
    [
      'two presentations of which it can give one',
      { acceptPresentationDocumentTargets: ['window'] },
      [{ ...link, iframe: {}, window: {} }],
      'accepted',
    ],
    [
      'a file of another media type',
      { acceptMediaTypes: 'image/*, application/pdf' },
      [{ type: 'file' as const, url: 'https://tool.example.edu/a.zip', mediaType: 'application/zip' }],
      'deep_link_media_type_not_accepted',
    ],
    [
      'a file of a media range',
      { acceptMediaTypes: 'image/*, application/pdf' },
      [{ type: 'file' as const, url: 'https://tool.example.edu/a.png', mediaType: 'image/png' }],
      'accepted',
    ],
  ])('with %s are answered as the settings say', (_, settings, items, code) => {
    expect(codeOf(settings, ...items)).toBe(code);
  });

  it.each([
    [{ type: 'quiz' }, 'type'],
    [{ ...link, url: 'javascript:alert(1)' }, 'url'],
    [{ ...link, url: '/relative' }, 'url'],
    [{ ...link, custom: { a: null } }, 'custom.a'],
    [{ ...link, custom: { a: 1 } }, 'custom.a'],
    [{ ...link, title: null }, 'title'],
    [{ ...link, lineItem: {} }, 'lineItem.scoreMaximum'],
    [{ ...link, lineItem: { scoreMaximum: 0 } }, 'lineItem.scoreMaximum'],
    [{ ...link, lineitem: { scoreMaximum: 10 } }, 'lineitem'],
    [{ ...link, available: { startDateTime: 'tomorrow' } }, 'available.startDateTime'],
    [
      { ...link, available: { startDateTime: '2026-09-02T00:00:00Z', endDateTime: '2026-09-01T00:00:00Z' } },
      'available.endDateTime',
    ],
    [{ type: 'html' }, 'html'],
    [{ type: 'ltiAssetProcessor', report: { url: '/report' } }, 'report.url'],
    [{ type: 'ltiAssetProcessor', report: { custom: { a: null } } }, 'report.custom.a'],
    [{ type: 'ltiAssetProcessor', report: { reportUrl: 'https://tool.example.edu/r' } }, 'report'],
    [{ type: 'ltiAssetProcessor', lineItem: { scoreMaximum: 10 } }, 'lineItem'],
    [{ type: 'image', url: 'https://tool.example.edu/i.png', width: -1 }, 'width'],
  ])('are refused by the field at fault: %j', (item, field) => {
    const { error } = contentItemSchema.safeParse(item);
    expect(error?.issues.map(({ path }) => path.join('.'))).toContain(field);
  });

  it('may have extensions, whose names are URLs, and empty custom values', () => {
    const item = {
      ...link,
      custom: { empty: '' },
      'https://canvas.instructure.com/lti/visibility': { course: true },
    };
    expect(contentItemSchema.parse(item)).toEqual(item);
  });

  it('come with a warning where the family of the platform makes something else of them', () => {
    const file = { type: 'file' as const, url: 'https://tool.example.edu/a' };
    expect(familyWarnings('blackboard', [link, graded], {})).toEqual([
      expect.stringContaining('items.0: Blackboard'),
    ]);
    expect(familyWarnings('schoology', [link, file], {})).toEqual([
      expect.stringContaining('items.1: Schoology'),
    ]);
    const page = { type: 'link' as const, url: 'https://tool.example.edu/a' };
    expect(familyWarnings('sakai', [link, page], {})).toEqual([
      expect.stringContaining('items.1: Lessons of Sakai'),
    ]);
    expect(familyWarnings('sakai', [], {})).toEqual([expect.stringContaining('presentation.returnUrl')]);
    expect(familyWarnings('moodle', [link, file], {})).toEqual([]);
    expect(familyWarnings('moodle', [], {})).toEqual([]);
  });
});

describe('a line item at Canvas', () => {
  const placement = 'https://www.instructure.com/placement';

  it.each(['editor_button', 'collaboration', 'homework_submission', 'submission_type_selection'])(
    'comes with a warning at the placement %s, which ignores it',
    (name) => {
      expect(familyWarnings('canvas', [link, graded], { [placement]: name })).toEqual([
        expect.stringContaining(`items.1: Canvas ignores lineItem at the placement ${name}`),
      ]);
    },
  );

  it.each(['assignment_selection', 'link_selection', 'module_menu_modal', null, undefined])(
    'comes without a warning at the placement %s',
    (name) => expect(familyWarnings('canvas', [graded], { [placement]: name })).toEqual([]),
  );
});

describe('the claims of a deep linking response', () => {
  const settings = 'https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings';
  const claims = (request: Record<string, unknown>, response: object = {}) =>
    responseClaims({
      issuer: 'https://lms.example.edu',
      clientId: 'tool',
      deploymentId: '1',
      launchUrl: 'https://tool.example.edu/lti/launch',
      now: new Date('2026-01-01T00:00:00Z'),
      request,
      response: deepLinkResponseSchema.parse(response),
    });

  it('are those of DL 4.4, without members that have no value', () => {
    expect(claims({ [settings]: {} })).toEqual({
      iss: 'tool',
      aud: 'https://lms.example.edu',
      iat: 1767225570,
      exp: 1767226200,
      nonce: expect.stringMatching(/^[\w-]{36}$/),
      'https://purl.imsglobal.org/spec/lti/claim/message_type': 'LtiDeepLinkingResponse',
      'https://purl.imsglobal.org/spec/lti/claim/version': '1.3.0',
      'https://purl.imsglobal.org/spec/lti/claim/deployment_id': '1',
      'https://purl.imsglobal.org/spec/lti-dl/claim/content_items': [],
    });
  });

  it.each(['op=321&v=44', '', 0, 42, false, { csrf: ['a', null] }, ['x']])(
    'send data back unchanged: %j',
    (data) => {
      expect(claims({ [settings]: { data } })['https://purl.imsglobal.org/spec/lti-dl/claim/data']).toEqual(
        data,
      );
    },
  );

  it('have the messages, and the launch URL in each link without one', () => {
    expect(
      claims(
        {},
        { items: [link, { ...link, url: 'https://tool.example.edu/7' }], msg: 'Done', errorlog: 'E' },
      ),
    ).toMatchObject({
      'https://purl.imsglobal.org/spec/lti-dl/claim/msg': 'Done',
      'https://purl.imsglobal.org/spec/lti-dl/claim/errorlog': 'E',
      'https://purl.imsglobal.org/spec/lti-dl/claim/content_items': [
        { url: 'https://tool.example.edu/lti/launch' },
        { url: 'https://tool.example.edu/7' },
      ],
    });
  });
});
