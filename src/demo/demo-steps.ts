export const stepIds = ['register', 'launch', 'pick', 'sync', 'grade', 'break'] as const;
export type StepId = (typeof stepIds)[number];

/** What the two frames of the guide show. */
export interface DemoView {
  /** A URL of the LMS. */
  lms: string;
  /** A page of the dashboard, below `/dashboard/`. */
  dashboard: string;
}

/** A step of the story as the guide explains it. */
export interface StepText {
  title: string;
  /** The button that begins it. */
  button: string;
  /** What happens in the service. */
  behind: string;
  /** What the reader does or looks at once the step has begun. */
  look: string;
}

export const stepTexts: Readonly<Record<StepId, StepText>> = {
  register: {
    title: 'Register',
    button: 'Start the registration',
    behind:
      'The service creates an invitation, and the LMS opens its URL. By dynamic registration both sides then exchange their addresses and keys, so that nobody copies values.',
    look: 'In the LMS, click “Register”. Then the registration appears in the dashboard.',
  },
  launch: {
    title: 'Launch',
    button: 'Launch as a teacher',
    behind:
      'The LMS sends a signed message that says who the teacher is. The service checks the signature, the nonce and the browser, and records the course.',
    look: 'The LMS shows the tool in a frame. The dashboard has the course now.',
  },
  pick: {
    title: 'Pick content',
    button: 'Open the picker',
    behind:
      'The LMS asks the tool for content by deep linking. The service signs what the teacher picks, and checks it against what the LMS accepts.',
    look: 'In the LMS, choose quizzes and click “Add to the course”. They come back into the course.',
  },
  sync: {
    title: 'Sync',
    button: 'Sync the course',
    behind:
      'With one access token for all courses of the registration, the service reads the roster page by page and stores the members in PostgreSQL. Later syncs write only what has changed.',
    look: 'The members of the LMS are in the roster of the dashboard.',
  },
  grade: {
    title: 'Grade',
    button: 'Grade every learner',
    behind:
      'The scores go into an outbox in PostgreSQL first, so that an outage or a crash loses none. The service sends them with the token that it has.',
    look: 'The gradebook of the LMS fills. In the dashboard each score is “posted”.',
  },
  break: {
    title: 'Break the token',
    button: 'Expire the token and grade again',
    behind:
      'The LMS expires the token early and tells nobody. It refuses the next score, the service requests one new token for all of its work, and sends the score again.',
    look: 'No score is lost. The dashboard has a fresh token, and the LMS counts one more token request.',
  },
};
