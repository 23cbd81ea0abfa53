/** What an operation takes and gives, as typed GraphQL clients read it (the form of @graphql-typed-document-node/core). */
export interface DocumentTypeDecoration<Result, Variables> {
  /** Carries types only; there is no such property. */
  __apiType?: (variables: Variables) => Result;
}

/** The data that a document asks for. */
export type ResultOf<Document> = Document extends DocumentTypeDecoration<infer Result, infer _Variables> ? Result : never;

/** The variables that a document takes. */
export type VariablesOf<Document> = Document extends DocumentTypeDecoration<infer _Result, infer Variables> ? Variables : never;
