// The identity provider of tests/it/signin/real_provider.rs: the npm package oidc-provider, told as little as possible.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [redirectUri, idTokenClaims] = process.argv.slice(2);
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'latchkey', client_secret: 'a secret: with + and %', redirect_uris: [redirectUri] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: idTokenClaims !== 'in-the-token',
    pkce: { required: () => true },
    cookies: { keys: ['only for tests'] },
    findAccount: async (_, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, email: `${id}@example.com`, email_verified: true, name: id }),
    }),
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
