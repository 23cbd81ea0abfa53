/** What an examination came to. `bad` makes `supergraph doctor` exit 1; `note` is for people to know. */
export interface Finding {
  status: 'good' | 'note' | 'bad';
  /** What was examined, for instance `node`. */
  subject: string;
  what: string;
  /** What to do about it; with everything that is not good. */
  fix?: string;
}

/** What examinations look at. */
export interface Patient {
  /** Absolute path of the folder that holds `supergraph.yaml`. */
  root: string;
  env: NodeJS.ProcessEnv;
}

export const good = (subject: string, what: string): Finding => ({ status: 'good', subject, what });
export const note = (subject: string, what: string, fix: string): Finding => ({ status: 'note', subject, what, fix });
export const bad = (subject: string, what: string, fix: string): Finding => ({ status: 'bad', subject, what, fix });
