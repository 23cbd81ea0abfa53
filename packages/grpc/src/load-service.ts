import { fileURLToPath } from 'node:url';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync, type MethodDefinition, type PackageDefinition } from '@grpc/proto-loader';
import { LOADER_OPTIONS } from './loader-options.ts';

/** A service as proto-loader-gen-types describes it, without the index signature that it inherits. */
export type MethodName<Definition> = keyof {
  [Name in keyof Definition as string extends Name ? never : number extends Name ? never : Name]: unknown;
} &
  string;

/** `undefined` and null stand for what is absent, too. */
type Loose<Message> = Message extends readonly (infer Item)[]
  ? readonly Loose<Item>[]
  : Message extends object
    ? { [Field in keyof Message]: Loose<Message[Field]> | null | undefined }
    : Message;

/** What is sent: fields may be left out. */
export type RequestInput<Definition, Name extends keyof Definition> =
  Definition[Name] extends MethodDefinition<infer Request, infer _Response, infer _RequestOutput, infer _ResponseOutput> ? Loose<Request> : never;
export type ResponseInput<Definition, Name extends keyof Definition> =
  Definition[Name] extends MethodDefinition<infer _Request, infer Response, infer _RequestOutput, infer _ResponseOutput> ? Loose<Response> : never;
/** What arrives: every field that is not optional is there. */
export type RequestOutput<Definition, Name extends keyof Definition> =
  Definition[Name] extends MethodDefinition<infer _Request, infer _Response, infer Request, infer _ResponseOutput> ? Request : never;
export type ResponseOutput<Definition, Name extends keyof Definition> =
  Definition[Name] extends MethodDefinition<infer _Request, infer _Response, infer _RequestOutput, infer Response> ? Response : never;

export interface LoadedService {
  /** Everything in the file. */
  file: PackageDefinition;
  definition: ServiceDefinition;
}

/**
 * Reads one service out of a `.proto` file.
 * @param service its full name, for instance `supergraph.order.v1.Orders`.
 * @throws Error when the file cannot be read or has no such service.
 */
export const loadService = (protoFile: URL, service: string): LoadedService => {
  const file = loadSync(fileURLToPath(protoFile), LOADER_OPTIONS);
  const definition = file[service];
  if (definition === undefined || 'format' in definition) throw new Error(`${fileURLToPath(protoFile)} has no service ${service}`);
  return { file, definition: definition as unknown as ServiceDefinition };
};
