import './telemetry-off.ts';
import { ApolloGateway, type Experimental_DidResolveQueryPlanCallback } from '@apollo/gateway';
import type { Logger } from '@supergraph/service/logging';
import { StartupError } from '@supergraph/service/startup-error';
import type { RouterConfig } from './config.ts';
import { SubgraphDataSource } from './subgraph-data-source.ts';
import { createSupergraphFile, type SupergraphFile } from './supergraph-file.ts';

export interface SupergraphGateway {
  gateway: ApolloGateway;
  supergraph: SupergraphFile;
  /** Call once the supergraph is loaded. @throws StartupError when a URL is given for a subgraph that does not exist. */
  assertSubgraphsKnown(): void;
}

export interface SupergraphGatewayOptions {
  config: RouterConfig;
  logger: Logger;
  didResolveQueryPlan: Experimental_DidResolveQueryPlanCallback | undefined;
}

/** ApolloGateway on a watched file, talking to subgraphs where the supergraph, or the configuration, says they are. */
export const createGateway = ({ config, logger, didResolveQueryPlan }: SupergraphGatewayOptions): SupergraphGateway => {
  const supergraph = createSupergraphFile(config.supergraphFile, logger);
  const subgraphNames = new Set<string>();
  const gateway = new ApolloGateway({
    supergraphSdl: supergraph,
    validateSupergraph: true,
    logger: logger.child({}, { level: 'warn' }),
    __exposeQueryPlanExperimental: !config.production,
    ...(didResolveQueryPlan === undefined ? {} : { experimental_didResolveQueryPlan: didResolveQueryPlan }),
    buildService: ({ name, url: composedUrl }) => {
      subgraphNames.add(name);
      const url = config.subgraphUrls.get(name) ?? composedUrl;
      if (url === undefined || !URL.canParse(url))
        throw new StartupError(
          `the supergraph has no usable URL for the subgraph ${name}`,
          `set ROUTER_SUBGRAPH_URLS=${name}=http://host:port/graphql`,
        );
      return new SubgraphDataSource({ name, url, timeoutMs: config.subgraphTimeoutMs, logger });
    },
  });
  return {
    gateway,
    supergraph,
    assertSubgraphsKnown: () => {
      const unknown = [...config.subgraphUrls.keys()].filter((name) => !subgraphNames.has(name));
      if (unknown.length === 0) return;
      throw new StartupError(
        `ROUTER_SUBGRAPH_URLS names ${unknown.join(', ')}, which the supergraph does not have`,
        `use the names it has: ${[...subgraphNames].sort().join(', ')}`,
      );
    },
  };
};
