export interface DatasetFolder { path: string }
/** Opens the folder; checks that all five files are there with their columns. @throws StartupError */
export declare const openDatasetFolder: (path: string, progress?: { expect(units: number): void; advance(units: number): void }) => Promise<DatasetFolder>;
