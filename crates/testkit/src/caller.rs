//! Somebody who sends requests.

use std::net::SocketAddr;

use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::Answer;

/// A client with one credential, or none. Every request has a connection of its own.
#[derive(Debug, Clone)]
pub struct Caller {
    addr: SocketAddr,
    /// The person's address, once signed in.
    pub email: String,
    token: Option<String>,
}

impl Caller {
    pub fn anyone(addr: SocketAddr) -> Self {
        Self { addr, email: String::new(), token: None }
    }

    /// The same client with that bearer token.
    #[must_use]
    pub fn bearer(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// The same person at another address, such as a second process.
    #[must_use]
    pub fn at(mut self, addr: SocketAddr) -> Self {
        self.addr = addr;
        self
    }

    /// A client without a credential, at the same address.
    #[must_use]
    pub fn signed_out(&self) -> Self {
        Self::anyone(self.addr)
    }

    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let mut headers = Vec::new();
        if let Some(token) = &self.token {
            headers.push(("authorization".to_owned(), format!("Bearer {token}")));
        }
        RequestBuilder { addr: self.addr, method: method.to_owned(), path: path.to_owned(), headers, body: Vec::new() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.request("GET", path).send().await
    }

    /// Posts JSON; `null` posts no body.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.request("POST", path).json(&body).send().await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.request("PUT", path).json(&body).send().await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.request("PATCH", path).json(&body).send().await
    }

    /// Deletes; `null` sends no body.
    pub async fn delete(&self, path: &str, body: Value) -> Answer {
        self.request("DELETE", path).json(&body).send().await
    }

    /// Signs in as a person would.
    pub async fn sign_in(&self, email: &str) -> Self {
        let challenge =
            self.post("/v1/auth/email", json!({"email": email})).await.expect_status(202).text_at("/challenge");
        let code = self.newest_mail(email).await["code"].as_str().expect("a code in the mail").to_owned();
        let body = json!({"challenge": challenge, "code": code});
        let token = self.post("/v1/auth/email/verify", body).await.expect_status(200).text_at("/token");
        Self { addr: self.addr, email: email.to_owned(), token: Some(token) }
    }

    /// The newest mail to an address, from the development mailbox.
    pub async fn newest_mail(&self, email: &str) -> Value {
        self.mails(email).await.into_iter().next().unwrap_or_else(|| panic!("no mail to {email}"))
    }

    /// The mails to an address, newest first.
    pub async fn mails(&self, email: &str) -> Vec<Value> {
        let email: String = email.bytes().map(|byte| format!("%{byte:02X}")).collect();
        Self::anyone(self.addr).get(&format!("/dev/mailbox?to={email}")).await.expect_status(200).data()
    }

    /// Creates an organization with the default policy; its id.
    pub async fn create_org(&self, name: &str) -> String {
        self.post("/v1/orgs", json!({"name": name})).await.expect_status(201).text_at("/id")
    }

    /// Creates an organization with that policy; its id.
    pub async fn create_org_with(&self, name: &str, policy: &str) -> String {
        self.post("/v1/orgs", json!({"name": name, "policy": policy})).await.expect_status(201).text_at("/id")
    }

    /// Invites an address; the invitation's id.
    pub async fn invite(&self, org: &str, email: &str, role: &str) -> String {
        let body = json!({"email": email, "role": role});
        self.post(&format!("/v1/orgs/{org}/invitations"), body).await.expect_status(201).text_at("/id")
    }

    /// The token in the newest invitation mailed to an address.
    pub async fn mailed_token(&self, email: &str) -> String {
        let mails = self.mails(email).await;
        let token = mails.iter().find_map(|mail| mail["token"].as_str());
        token.unwrap_or_else(|| panic!("no invitation was mailed to {email}")).to_owned()
    }

    /// Invites an address, which accepts by the mailed token and so gets its account; the new member, signed in, and
    /// the member's id.
    pub async fn bring_in(&self, org: &str, email: &str, role: &str) -> (Self, String) {
        self.invite(org, email, role).await;
        let token = self.mailed_token(email).await;
        let answer =
            Self::anyone(self.addr).post("/v1/invitations/accept", json!({"token": token})).await.expect_status(200);
        let session = answer.text_at("/session/token");
        (Self { addr: self.addr, email: email.to_owned(), token: Some(session) }, answer.text_at("/member/id"))
    }

    /// Invites somebody who has an account, who accepts; the new member's id.
    pub async fn bring_back(&self, org: &str, person: &Self, role: &str) -> String {
        let invitation = self.invite(org, &person.email, role).await;
        let accepted = person.post(&format!("/v1/me/invitations/{invitation}/accept"), Value::Null).await;
        accepted.expect_status(200).text_at("/member/id")
    }

    /// Creates a project; its id.
    pub async fn create_project(&self, org: &str, name: &str) -> String {
        self.post(&format!("/v1/orgs/{org}/projects"), json!({"name": name})).await.expect_status(201).text_at("/id")
    }

    /// Invites an address into a project; the invitation's id.
    pub async fn invite_into(&self, org: &str, project: &str, email: &str, role: &str) -> String {
        let body = json!({"email": email, "role": role});
        let path = format!("/v1/orgs/{org}/projects/{project}/invitations");
        self.post(&path, body).await.expect_status(201).text_at("/id")
    }

    /// Invites an address into a project, which accepts by the mailed token and so gets its account; the person, signed
    /// in, and the id of their membership of the project.
    pub async fn bring_into(&self, org: &str, project: &str, email: &str, role: &str) -> (Self, String) {
        self.invite_into(org, project, email, role).await;
        let token = self.mailed_token(email).await;
        let answer =
            Self::anyone(self.addr).post("/v1/invitations/accept", json!({"token": token})).await.expect_status(200);
        let session = answer.text_at("/session/token");
        (Self { addr: self.addr, email: email.to_owned(), token: Some(session) }, answer.text_at("/project_member/id"))
    }

    /// The events of an organization's log, oldest first, as far as one page shows them.
    pub async fn audit(&self, org: &str) -> Vec<Value> {
        let mut events =
            self.get(&format!("/v1/orgs/{org}/audit?kind=event&limit=200")).await.expect_status(200).data();
        events.reverse();
        events
    }

    /// The types of the events of an organization's log, oldest first.
    pub async fn event_types(&self, org: &str) -> Vec<String> {
        self.audit(org).await.iter().map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// A request under construction.
#[derive(Debug, Clone)]
pub struct RequestBuilder {
    addr: SocketAddr,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl RequestBuilder {
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without any header that this client would have sent by itself.
    #[must_use]
    pub fn without_headers(mut self) -> Self {
        self.headers.clear();
        self
    }

    /// A JSON body; `null` is no body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        if body.is_null() { self } else { self.header("content-type", "application/json").body(body.to_string()) }
    }

    /// The members of an object as a form.
    #[must_use]
    pub fn form(self, members: &Value) -> Self {
        let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let members = members.as_object().into_iter().flatten();
        let pairs = members.map(|(name, value)| format!("{name}={}", encoded(value.as_str().unwrap_or_default())));
        let form = pairs.collect::<Vec<_>>().join("&");
        self.header("content-type", "application/x-www-form-urlencoded").body(form)
    }

    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends it, and reads the answer to its end.
    pub async fn send(self) -> Answer {
        let asked = format!("{} {}", self.method, self.path);
        self.try_send().await.unwrap_or_else(|e| panic!("{asked}: {e}"))
    }

    /// The same, for servers that may be killed meanwhile.
    ///
    /// # Errors
    /// When no whole answer came.
    pub async fn try_send(self) -> Result<Answer, String> {
        let asked = format!("{} {}", self.method, self.path);
        let mut begun = self.begin().await?;
        let mut bytes = Vec::new();
        while let Some(piece) = begun.piece().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(Answer {
            status: begun.status,
            headers: begun.headers.clone(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
            asked,
        })
    }

    /// Sends it, and reads the answer's head: its body is read as it comes, or left.
    ///
    /// # Errors
    /// When no head came.
    pub async fn begin(self) -> Result<Begun, String> {
        let text = |e: &dyn std::error::Error| e.to_string();
        let stream = TcpStream::connect(self.addr).await.map_err(|e| text(&e))?;
        stream.set_nodelay(true).map_err(|e| text(&e))?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|e| text(&e))?;
        let connection = tokio::spawn(connection);
        let mut request =
            Request::builder().method(self.method.as_str()).uri(&self.path).header("host", "latchkey.test");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(self.body))).map_err(|e| text(&e))?;
        let response = sender.send_request(request).await.map_err(|e| text(&e))?;
        let (head, body) = response.into_parts();
        Ok(Begun { status: head.status, headers: head.headers, body, connection })
    }
}

/// An answer that is still coming.
pub struct Begun {
    pub status: StatusCode,
    pub headers: HeaderMap,
    body: Incoming,
    connection: JoinHandle<Result<(), hyper::Error>>,
}

impl Begun {
    /// The next piece of the body; `None` at its end.
    ///
    /// # Errors
    /// When it broke off.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, String> {
        match self.body.frame().await {
            None => Ok(None),
            Some(Ok(frame)) => Ok(Some(frame.into_data().unwrap_or_default())),
            Some(Err(error)) => Err(error.to_string()),
        }
    }
}

/// Whoever does not want the rest hangs up.
impl Drop for Begun {
    fn drop(&mut self) {
        self.connection.abort();
    }
}
