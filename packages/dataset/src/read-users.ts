import type { DatasetFolder } from './dataset-folder.ts';
import type { Reject } from './rejection.ts';

export interface UserRow { id: string; email: string; name: string; country: string }
export declare const readUsers: (folder: DatasetFolder, reject: Reject) => AsyncIterable<UserRow>;
