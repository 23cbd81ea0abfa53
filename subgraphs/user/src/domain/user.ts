import { userInvalid } from './errors.ts';

export type Role = 'CUSTOMER' | 'STAFF' | 'ADMIN';

export interface User {
  id: string;
  /** Lower case; unique. */
  email: string;
  name: string;
  country: string;
  role: Role;
  createdAt: Date;
  /** Came with the sample data, with a password that everybody knows. */
  development: boolean;
  /** 1, and one more with every change that is written. */
  version: number;
}

const EMAIL = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/;
const CONTROL_OR_LONE_SURROGATE = /[\p{Cc}\p{Cs}]/u;

export const normaliseEmail = (email: string): string => email.trim().toLowerCase();

const checkEmail = (email: string): string => {
  const normal = normaliseEmail(email);
  if (normal.length > 254 || !EMAIL.test(normal) || CONTROL_OR_LONE_SURROGATE.test(normal))
    throw userInvalid('email', 'an email address of at most 254 characters');
  return normal;
};

const checkText = (field: string, text: string, maximum: number): string => {
  const trimmed = text.trim();
  if (trimmed.length < 1 || trimmed.length > maximum || CONTROL_OR_LONE_SURROGATE.test(trimmed))
    throw userInvalid(field, `1 to ${maximum} characters, without control characters`);
  return trimmed;
};

export const checkPassword = (password: string): string => {
  if (password.length < 8 || password.length > 128) throw userInvalid('password', '8 to 128 characters');
  return password;
};

export const newUser = (id: string, input: { email: string; name: string; country: string }, createdAt: Date): User => ({
  id,
  email: checkEmail(input.email),
  name: checkText('name', input.name, 100),
  country: checkText('country', input.country, 64),
  role: 'CUSTOMER',
  createdAt,
  development: false,
  version: 1,
});

export const withProfile = (user: User, change: { name?: string | null | undefined; country?: string | null | undefined }): User => ({
  ...user,
  name: checkText('name', change.name ?? user.name, 100),
  country: checkText('country', change.country ?? user.country, 64),
});
