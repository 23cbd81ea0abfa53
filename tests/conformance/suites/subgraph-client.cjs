// Stands in for the suite's own client, whose router is always on port 4000.
const ask = async (url, body, headers = {}) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return response.json();
};

module.exports = {
  ROUTER_URL: process.env.ROUTER_URL,
  productsRequest: (body, headers) => ask(process.env.PRODUCTS_URL, body, headers),
  routerRequest: (body, headers) => ask(process.env.ROUTER_URL, body, headers),
};
