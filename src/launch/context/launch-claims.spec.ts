import { registrationFixture } from '../../../test/support/registration-fixture.js';
import { problemOf } from '../../../test/support/problem-of.js';
import { launchContextOf } from './launch-claims.js';
import { Claim } from './launch-claims.schema.js';

const resourceLinkRequest = {
  sub: 'u1',
  [Claim.messageType]: 'LtiResourceLinkRequest',
  [Claim.version]: '1.3.0',
  [Claim.deploymentId]: '1',
  [Claim.targetLinkUri]: 'https://tool.example.edu/quiz',
  [Claim.resourceLink]: { id: 'link' },
  [Claim.roles]: [],
};

const deepLinkingRequest = {
  sub: 'u1',
  [Claim.messageType]: 'LtiDeepLinkingRequest',
  [Claim.version]: '1.3.0',
  [Claim.deploymentId]: '1',
  [Claim.deepLinking]: {
    deep_link_return_url: 'https://lms.example.edu/return',
    accept_types: ['link', null],
    accept_presentation_document_targets: ['iframe'],
  },
};

const submissionReviewRequest = {
  ...resourceLinkRequest,
  [Claim.messageType]: 'LtiSubmissionReviewRequest',
  [Claim.forUser]: { user_id: 'u2' },
};

const read = (payload: Record<string, unknown>) =>
  launchContextOf(
    payload,
    registrationFixture({ id: 'registration', tokenUrl: 'https://elsewhere.example.edu/token' }),
  );
const broken = [{}, [], null, 'text', 5, true];

describe('launchContextOf', () => {
  describe.each([
    [
      'a resource link request',
      resourceLinkRequest,
      { [Claim.forUser]: 'forUser', [Claim.deepLinking]: 'deepLinking' },
    ],
    [
      'a deep linking request',
      deepLinkingRequest,
      {
        [Claim.targetLinkUri]: 'targetLinkUri',
        [Claim.resourceLink]: 'resourceLink',
        [Claim.forUser]: 'forUser',
      },
    ],
    ['a submission review request', submissionReviewRequest, { [Claim.deepLinking]: 'deepLinking' }],
  ])('reads %s', (_, message, spare) => {
    const optional = {
      ...spare,
      [Claim.context]: 'context',
      [Claim.launchPresentation]: 'presentation',
      [Claim.toolPlatform]: 'platform',
      [Claim.grades]: 'grades',
      [Claim.memberships]: 'memberships',
      [Claim.lis]: 'lis',
    };

    it.each(Object.entries(optional))('without a usable %s', (claim, field) => {
      for (const value of broken) {
        const payload = { ...message, [claim]: value };
        const context: Record<string, unknown> = read(payload);
        expect(context.payload).toBe(payload);
        // An empty object is one without members where no member is needed.
        if (JSON.stringify(context[field] ?? {}) !== '{"scopes":[]}')
          expect(context[field] ?? {}).toEqual({});
      }
    });
  });

  it.each([
    [resourceLinkRequest, Claim.targetLinkUri],
    [resourceLinkRequest, Claim.resourceLink],
    [resourceLinkRequest, Claim.roles],
    [deepLinkingRequest, Claim.deepLinking],
    [submissionReviewRequest, Claim.forUser],
  ])('refuses a message without a claim that its type needs', (message, claim) => {
    for (const absent of [undefined, null]) {
      const problem = problemOf(() => read({ ...message, [claim]: absent }));
      expect(problem).toMatchObject({ code: 'claim_missing', claim });
    }
    expect(() => read({ ...message, [claim]: 7 })).toThrow(
      expect.objectContaining({ code: 'claim_invalid' }),
    );
  });

  it('reads a deep linking request of the certification suite, which has no target_link_uri', () => {
    const { targetLinkUri, roles, deepLinking } = read(deepLinkingRequest);
    expect({ targetLinkUri, roles }).toEqual({ targetLinkUri: undefined, roles: [] });
    expect(deepLinking).toMatchObject({ acceptTypes: ['link'] });
  });

  it.each([
    ['false', false],
    ['False', false],
    ['true', true],
    [true, true],
    ['yes', undefined],
    [null, undefined],
  ])('reads accept_multiple %j as %j', (value, acceptMultiple) => {
    const settings = { ...deepLinkingRequest[Claim.deepLinking], accept_multiple: value };
    expect(read({ ...deepLinkingRequest, [Claim.deepLinking]: settings }).deepLinking?.acceptMultiple).toBe(
      acceptMultiple,
    );
  });

  it('reads ids that are numbers, as rosters do, and no number that is not exact', () => {
    const context = read({
      ...resourceLinkRequest,
      sub: 5,
      [Claim.deploymentId]: 1,
      [Claim.context]: { id: 42 },
      [Claim.resourceLink]: { id: 7 },
    });
    expect(context).toMatchObject({
      user: { id: '5' },
      deploymentId: '1',
      context: { id: '42' },
      resourceLink: { id: '7' },
    });
    const problem = problemOf(() => read({ ...resourceLinkRequest, sub: 2 ** 53 }));
    expect(problem).toMatchObject({ code: 'claim_invalid', claim: 'sub' });
  });

  it.each([null, ''])('reads sub %j as an anonymous launch', (sub) => {
    expect(read({ ...resourceLinkRequest, sub }).user).toBeUndefined();
  });

  it.each([
    [null, undefined],
    ['', undefined],
    [' ', undefined],
    ['wide', undefined],
    [true, undefined],
    [[], undefined],
    ['640', 640],
    [640, 640],
  ])('reads the width %j of a presentation as %j', (width, expected) => {
    const presentation = { document_target: 'iframe', width, height: width };
    const context = read({ ...resourceLinkRequest, [Claim.launchPresentation]: presentation });
    expect(context.presentation).toMatchObject({ documentTarget: 'iframe' });
    expect(context.presentation?.width).toBe(expected);
    expect(context.presentation?.height).toBe(expected);
  });

  it('keeps the other roles where one is null, of another type, or empty', () => {
    const learner = 'http://purl.imsglobal.org/vocab/lis/v2/membership#Learner';
    const { roles } = read({ ...resourceLinkRequest, [Claim.roles]: [null, 5, '', learner] });
    expect(roles).toMatchObject([{ uri: learner }]);
  });

  it('keeps the other entries of a list in which one is null', () => {
    const endpoint = { scope: [null, 'score'], lineitems: 'https://lms.example.edu/items', lineitem: null };
    expect(read({ ...resourceLinkRequest, [Claim.grades]: endpoint }).grades).toEqual({
      scopes: ['score'],
      lineItemsUrl: 'https://lms.example.edu/items',
      lineItemId: undefined,
    });
  });

  describe('of a type that the tool has a handler for', () => {
    const forUser = { user_id: 'u2', name: 'Jude', roles: ['Learner'] };
    const link = {
      [Claim.targetLinkUri]: 'https://tool.example.edu/quiz',
      [Claim.resourceLink]: { id: 'link' },
    };
    const report = {
      [Claim.activity]: { id: 'a1', title: 'Essay' },
      [Claim.forUser]: forUser,
      [Claim.submission]: { id: 's1:5' },
      [Claim.asset]: { id: 'f1' },
      [Claim.assetReportType]: 'originality',
    };
    const start = {
      ...link,
      [Claim.attemptNumber]: 2,
      [Claim.sessionData]: 'opaque==',
      [Claim.startAssessmentUrl]: 'https://lms.example.edu/start',
    };
    const eula = { url: 'https://lms.example.edu/eula', scope: ['https://lms.example.edu/scope/eula'] };
    const messages: [type: string, claims: Record<string, unknown>, context: Record<string, unknown>][] = [
      ['LtiDataPrivacyLaunchRequest', { [Claim.forUser]: forUser }, { forUser: { id: 'u2', name: 'Jude' } }],
      ['DataPrivacyLaunchRequest', { [Claim.forUser]: { id: 'u2' } }, { forUser: { id: 'u2', roles: [] } }],
      [
        'LtiStartProctoring',
        start,
        {
          proctoring: {
            attemptNumber: 2,
            sessionData: 'opaque==',
            startAssessmentUrl: 'https://lms.example.edu/start',
          },
        },
      ],
      ['LtiEndAssessment', { [Claim.attemptNumber]: '3' }, { proctoring: { attemptNumber: 3 } }],
      [
        'LtiAssetProcessorSettingsRequest',
        { [Claim.activity]: { id: 'a1' } },
        { assetProcessor: { activity: { id: 'a1' } } },
      ],
      [
        'LtiReportReviewRequest',
        report,
        {
          forUser: { id: 'u2' },
          assetProcessor: {
            activity: { id: 'a1', title: 'Essay' },
            submissionId: 's1:5',
            assetId: 'f1',
            reportType: 'originality',
          },
        },
      ],
      ['LtiEulaRequest', { [Claim.eula]: eula }, { eula: { url: eula.url, scopes: eula.scope } }],
    ];
    const base = { sub: 'u1', [Claim.version]: '1.3.0', [Claim.deploymentId]: '1' };
    const readMessage = (type: string, claims: Record<string, unknown>) =>
      launchContextOf(
        { ...base, [Claim.messageType]: type, ...claims },
        registrationFixture({ tokenUrl: 'https://elsewhere.example.edu/token' }),
        () => [],
      );

    it.each(messages)('reads %s', (type, claims, context) => {
      expect(readMessage(type, claims)).toMatchObject({ messageType: type, ...context });
    });

    it.each(messages)('refuses %s without a claim that its standard requires', (type, claims) => {
      for (const claim of Object.keys(claims)) {
        for (const absent of [undefined, null]) {
          const problem = problemOf(() => readMessage(type, { ...claims, [claim]: absent }));
          expect(problem).toMatchObject({ code: 'claim_missing', status: 400, claim });
        }
        const wrong = problemOf(() => readMessage(type, { ...claims, [claim]: [] }));
        expect(wrong.code).toMatch(/^claim_(?:invalid|missing)$/);
      }
    });

    it('leaves claims out that cannot be read, where the type does not need them', () => {
      const claims = { [Claim.assessmentControl]: { actions: 'pause' }, [Claim.proctoringSettings]: 'none' };
      expect(readMessage('LtiStartProctoring', { ...start, ...claims }).proctoring).toEqual({
        attemptNumber: 2,
        sessionData: 'opaque==',
        startAssessmentUrl: 'https://lms.example.edu/start',
      });
      const control = { assessment_control_url: 'https://lms.example.edu/acs', actions: ['pause', null] };
      const read = readMessage('LtiStartProctoring', { ...start, [Claim.assessmentControl]: control });
      expect(read.proctoring?.assessmentControl).toEqual({
        url: 'https://lms.example.edu/acs',
        actions: ['pause'],
      });
    });
  });

  it('reads the URLs of the course groups service', () => {
    const service = {
      context_groups_url: 'https://lms.example.edu/groups',
      context_group_sets_url: 'https://lms.example.edu/sets',
      scope: ['https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly'],
      service_versions: ['1.0'],
    };
    expect(read({ ...resourceLinkRequest, [Claim.groups]: service }).groups).toEqual({
      url: service.context_groups_url,
      setsUrl: service.context_group_sets_url,
      scopes: service.scope,
      serviceVersions: ['1.0'],
    });
    expect(read({ ...resourceLinkRequest, [Claim.groups]: { scope: [] } }).groups).toBeUndefined();
  });

  it('refuses a payload that is nested deeper than 32 levels, however deep', () => {
    const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
    expect(read({ ...resourceLinkRequest, [Claim.custom]: { deep: nested(30) } })).toBeDefined();
    for (const levels of [40, 30_000]) {
      const problem = problemOf(() => read({ ...resourceLinkRequest, extension: nested(levels) }));
      expect(problem).toMatchObject({ code: 'claim_invalid', status: 400, claim: 'extension' });
    }
  });
});
