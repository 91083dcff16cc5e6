// An OpenID provider of another author: panva's oidc-provider.
// PORT, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, LOGOUT_REDIRECT_URI, BACKCHANNEL_LOGOUT_URI; CONFORM=1 keeps claims of
// scopes out of the ID token. Prints `ready`.
import { Provider } from 'oidc-provider';

const { env } = process;
const port = Number(env.PORT);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: env.CLIENT_ID,
    client_secret: env.CLIENT_SECRET,
    redirect_uris: [env.REDIRECT_URI],
    post_logout_redirect_uris: [env.LOGOUT_REDIRECT_URI],
    backchannel_logout_uri: env.BACKCHANNEL_LOGOUT_URI,
    backchannel_logout_session_required: true,
    response_types: ['code'],
    grant_types: ['authorization_code'],
  }],
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@${port}.example`, email_verified: true, name: `Olga of ${port}`, groups: ['staff'] }),
  }),
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
  conformIdTokenClaims: env.CONFORM === '1',
  features: {
    devInteractions: { enabled: true },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true },
  },
  pkce: { required: () => true },
  cookies: { keys: ['only for tests'] },
  // It keeps away from this machine's own addresses, as it should; here it has to call one.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
});
provider.on('backchannel.error', (_, error) => console.error('back-channel logout failed:', error));
provider.listen(port, '127.0.0.1', () => console.log('ready'));
