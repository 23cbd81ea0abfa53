import type { Role, User } from '../domain/user.ts';

/** What leaves this room about a person. */
export interface UserDto {
  id: string;
  email: string;
  name: string;
  country: string;
  role: Role;
  createdAt: string;
}

export const toUserDto = ({ id, email, name, country, role, createdAt }: User): UserDto => ({
  id,
  email,
  name,
  country,
  role,
  createdAt: createdAt.toISOString(),
});
