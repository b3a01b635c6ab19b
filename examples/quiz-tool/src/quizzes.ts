export interface Quiz {
  id: string;
  title: string;
  /** Each correct answer is a point. */
  questions: readonly { text: string; answer: string }[];
}

export const quizzes: readonly Quiz[] = [
  {
    id: 'fractions',
    title: 'Fractions',
    questions: [
      { text: '1/2 + 1/4', answer: '3/4' },
      { text: '1/2 x 1/4', answer: '1/8' },
    ],
  },
  { id: 'primes', title: 'Primes', questions: [{ text: 'The smallest prime number', answer: '2' }] },
];

export function quizById(id: string): Quiz | undefined {
  return quizzes.find((quiz) => quiz.id === id);
}

export function pointsFor({ questions }: Quiz, answers: readonly string[]): number {
  return questions.filter(({ answer }, index) => answers[index]?.trim() === answer).length;
}
