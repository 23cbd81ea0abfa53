import { expect, test } from 'vitest';
import { noAnswer, problemOfAnswer, withOrderAdvice } from './problem.ts';

test.each([
  noAnswer(),
  problemOfAnswer(502, { code: 'OUTCOME_UNKNOWN', detail: 'Perhaps.' }),
  problemOfAnswer(503, { code: 'DEADLINE_EXCEEDED', detail: 'Too late.' }),
  problemOfAnswer(504, undefined),
])('after $code an order may have been placed, and nobody is told to try again', (problem) => {
  const { code, message, passing } = withOrderAdvice(problem);
  expect([code, passing]).toEqual([problem.code, false]);
  expect(message).toMatch(/may have been placed.*before you order again/);
});

test.each([
  problemOfAnswer(503, { code: 'VIEW_UNAVAILABLE', detail: 'Try again shortly.' }),
  problemOfAnswer(422, { code: 'STOCK_INSUFFICIENT', detail: 'Sold out.' }),
  problemOfAnswer(429, { code: 'RATE_LIMITED', detail: 'Too many requests.' }),
])('$code refused the order, and is told as it is', (problem) => {
  expect(withOrderAdvice(problem)).toBe(problem);
});
