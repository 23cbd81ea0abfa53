/** Makes (or empties) the rejects file with its header; the CLI calls it before it forks the rooms. @throws StartupError */
export declare const createRejectsFile: (path: string) => void;
