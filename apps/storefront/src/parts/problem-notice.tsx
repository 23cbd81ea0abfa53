import type { Problem } from '../problem.ts';

/** What went wrong, and what can be done about it. */
export const ProblemNotice = ({ problem, retry }: { problem: Problem; retry?: () => void }) => (
  <div className="notice problem" role="alert">
    <p>{problem.message}</p>
    {retry && problem.passing && (
      <button type="button" onClick={retry}>
        Try again
      </button>
    )}
  </div>
);
