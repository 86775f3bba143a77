// A real OpenID provider on loopback: PKCE with S256 is required, redirect addresses are compared exactly, a code works once.
import Provider from 'oidc-provider';

const [port, clientId, clientSecret, back] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [back], token_endpoint_auth_method: 'client_secret_post' }],
  pkce: { required: () => true },
  conformIdTokenClaims: false,
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  cookies: { keys: ['of the test'] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@example.org`, email_verified: true, name: 'Ada Byron' }),
  }),
});
provider.listen(Number(port), '127.0.0.1');
