//! An identity provider of a test's own, which says what it is told to say, the truth or not.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{Reaction, Received, Receiver};

/// The client that every test is to the provider.
pub const CLIENT_ID: &str = "latchkey-tests";
const CLIENT_SECRET: &str = "the-client-secret-of-tests";
/// The audience of bearer tokens in every test.
pub const JWT_AUDIENCE: &str = "latchkey-api";

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// By the key that is published.
    Rightly,
    /// By the key that comes after a change of keys, which is published only then.
    ByNextKey,
    /// By another key under the published one's name.
    ByAnotherKey,
    /// Not at all: `alg` is `none`.
    Not,
    /// With the public key as a shared secret: `alg` is `HS256`.
    ByPublicKeyAsSecret,
}

/// The provider. It stops when it is dropped.
pub struct Issuer {
    receiver: Receiver,
    shared: Arc<Mutex<Shared>>,
}

type Tamper = Box<dyn Fn(&mut Value) + Send>;

#[derive(Default)]
struct Shared {
    url: String,
    codes: BTreeMap<String, Grant>,
    made: usize,
    signed: Option<Signed>,
    tamper: Option<Tamper>,
    reactions: BTreeMap<String, Reaction>,
    /// Whether the next key is published.
    has_changed_keys: bool,
    /// What is told of people by user info, in place of the token.
    user_info: Option<Value>,
}

/// What a code is good for.
struct Grant {
    redirect_uri: String,
    challenge: String,
    claims: Value,
}

impl Issuer {
    pub async fn start() -> Self {
        let shared: Arc<Mutex<Shared>> = Arc::default();
        let own = shared.clone();
        let receiver = Receiver::start(move |_, request| lock(&own).react(request)).await;
        lock(&shared).url = receiver.url("");
        Self { receiver, shared }
    }

    /// One that all tests of this process share, and that always tells the truth.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Issuer> = OnceLock::new();
        SHARED.get_or_init(|| {
            let (started, issuer) = std::sync::mpsc::channel();
            // On a thread of its own: the runtime of the test that comes first ends with that test.
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                runtime.block_on(async {
                    started.send(Self::start().await).expect("somebody waits");
                    std::future::pending::<()>().await;
                });
            });
            issuer.recv().expect("an issuer")
        })
    }

    /// The issuer's name.
    pub fn url(&self) -> String {
        self.receiver.url("")
    }

    /// Its entry in `oidc_providers`.
    pub fn entry(&self, id: &str) -> Value {
        json!({"id": id, "name": "Acme", "issuer": self.url(), "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET})
    }

    /// Signs somebody in who was sent to this address: the address that they are sent back to.
    pub fn authorize(&self, url: &str, person: &Value) -> String {
        let (endpoint, query) = url.split_once('?').expect("a query");
        assert_eq!(endpoint, self.receiver.url("/authorize"), "sent to another provider");
        let asked: BTreeMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        assert_eq!((asked["client_id"].as_str(), asked["response_type"].as_str()), (CLIENT_ID, "code"));
        assert_eq!(asked["code_challenge_method"], "S256");
        assert!(asked["scope"].split(' ').any(|scope| scope == "openid"), "{}", asked["scope"]);
        let mut claims = self.claims(person);
        claims["nonce"] = json!(asked["nonce"]);
        claims["aud"] = json!(CLIENT_ID);
        let mut shared = lock(&self.shared);
        shared.made += 1;
        let code = format!("code-{}", shared.made);
        let grant =
            Grant { redirect_uri: asked["redirect_uri"].clone(), challenge: asked["code_challenge"].clone(), claims };
        shared.codes.insert(code.clone(), grant);
        let answer = [("code", code.as_str()), ("state", asked["state"].as_str())];
        let answer = form_urlencoded::Serializer::new(String::new()).extend_pairs(answer).finish();
        format!("{}?{answer}", asked["redirect_uri"])
    }

    /// What a token of this person says, for the audience of bearer tokens.
    pub fn claims(&self, person: &Value) -> Value {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs();
        let mut claims = json!({"iss": self.url(), "aud": JWT_AUDIENCE, "iat": now, "exp": now + 3600});
        for (name, value) in person.as_object().into_iter().flatten() {
            claims[name] = value.clone();
        }
        claims
    }

    /// A bearer token of this person.
    pub fn bearer(&self, person: &Value) -> String {
        self.token(&self.claims(person), Signed::Rightly)
    }

    /// A token that says this.
    pub fn token(&self, claims: &Value, signed: Signed) -> String {
        lock(&self.shared).token(claims, signed)
    }

    /// From now on, ID tokens say something else.
    pub fn says(&self, tamper: impl Fn(&mut Value) + Send + 'static) {
        lock(&self.shared).tamper = Some(Box::new(tamper));
    }

    /// From now on, ID tokens are signed otherwise.
    pub fn signs(&self, signed: Signed) {
        lock(&self.shared).signed = Some(signed);
    }

    /// From now on, a path answers otherwise.
    pub fn answers(&self, path: &str, reaction: Reaction) {
        lock(&self.shared).reactions.insert(path.to_owned(), reaction);
    }

    /// From now on, a path answers as it should.
    pub fn recovers(&self, path: &str) {
        lock(&self.shared).reactions.remove(path);
    }

    /// Publishes the next key beside the one there is.
    pub fn changes_keys(&self) {
        lock(&self.shared).has_changed_keys = true;
    }

    /// From now on, addresses are told by user info, and not by the token.
    pub fn tells_by_user_info(&self, told: Value) {
        lock(&self.shared).user_info = Some(told);
    }

    /// How often a path was asked for.
    pub fn asked(&self, path: &str) -> usize {
        self.receiver.received().iter().filter(|request| request.path == path).count()
    }
}

impl Shared {
    fn react(&mut self, request: &Received) -> Reaction {
        if let Some(reaction) = self.reactions.get(&request.path) {
            return reaction.clone();
        }
        let url = &self.url;
        match request.path.as_str() {
            "/.well-known/openid-configuration" => {
                let mut metadata = json!({
                    "issuer": url, "authorization_endpoint": format!("{url}/authorize"), "token_endpoint": format!("{url}/token"),
                    "jwks_uri": format!("{url}/keys"),
                });
                if self.user_info.is_some() {
                    metadata["userinfo_endpoint"] = json!(format!("{url}/me"));
                }
                Reaction::json(200, &metadata)
            }
            "/keys" => {
                let mut keys = vec![jwk(&self.key(Signed::Rightly), "1")];
                if self.has_changed_keys {
                    keys.push(jwk(&self.key(Signed::ByNextKey), "2"));
                }
                Reaction::json(200, &json!({ "keys": keys }))
            }
            "/token" => self.trade(request),
            "/me" => match &self.user_info {
                Some(told) if request.header("authorization") == "Bearer the-access-token" => Reaction::json(200, told),
                _ => Reaction::status(401),
            },
            _ => Reaction::status(404),
        }
    }

    /// Trades a code once, for whoever shows the verifier behind its challenge, and the client's secret.
    fn trade(&mut self, request: &Received) -> Reaction {
        let form: BTreeMap<String, String> = form_urlencoded::parse(&request.body).into_owned().collect();
        let part = |name: &str| form.get(name).cloned().unwrap_or_default();
        let both = base64::engine::general_purpose::STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}"));
        let is_client = request.header("authorization") == format!("Basic {both}");
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(part("code_verifier")));
        let granted = self
            .codes
            .remove(&part("code"))
            .filter(|grant| is_client && grant.challenge == challenge && grant.redirect_uri == part("redirect_uri"));
        let Some(mut grant) = granted else { return Reaction::json(400, &json!({"error": "invalid_grant"})) };
        if let Some(tamper) = &self.tamper {
            tamper(&mut grant.claims);
        }
        let id_token = self.token(&grant.claims, self.signed.unwrap_or(Signed::Rightly));
        Reaction::json(200, &json!({"id_token": id_token, "access_token": "the-access-token", "token_type": "Bearer"}))
    }

    fn token(&self, claims: &Value, signed: Signed) -> String {
        let (alg, kid) = match signed {
            Signed::Not => ("none", "1"),
            Signed::ByPublicKeyAsSecret => ("HS256", "1"),
            Signed::ByNextKey => ("ES256", "2"),
            Signed::Rightly | Signed::ByAnotherKey => ("ES256", "1"),
        };
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(&json!({"alg": alg, "kid": kid, "typ": "JWT"})), part(claims));
        let signature = match signed {
            Signed::Not => Vec::new(),
            Signed::ByPublicKeyAsSecret => {
                let point = self.key(Signed::Rightly).verifying_key().to_encoded_point(false);
                let mut mac = Hmac::<Sha256>::new_from_slice(point.as_bytes()).expect("a key of any length");
                mac.update(text.as_bytes());
                mac.finalize().into_bytes().to_vec()
            }
            by => {
                let signature: Signature = self.key(by).sign(text.as_bytes());
                signature.to_bytes().to_vec()
            }
        };
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Each issuer has keys of its own.
    fn key(&self, which: Signed) -> SigningKey {
        let seed = Sha256::digest(format!("{} {which:?}", self.url));
        SigningKey::from_slice(&seed).expect("a number below the curve's order")
    }
}

fn jwk(key: &SigningKey, kid: &str) -> Value {
    let point = key.verifying_key().to_encoded_point(false);
    let coordinate =
        |bytes: Option<&p256::FieldBytes>| URL_SAFE_NO_PAD.encode(bytes.expect("a point of two coordinates"));
    json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid, "x": coordinate(point.x()), "y": coordinate(point.y())})
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
