//! Two answers that cost as little as answers of a component can: a greeting, and one indexed SELECT. They are served as
//! `latchkey-edge` serves: the same interface, a known length, and a yield, so that an answer leaves in one segment.

// The handler's generated glue exports a function by name, which the compiler counts as unsafe.
#![allow(unsafe_code, reason = "the export macro of the SDK")]

use std::cell::RefCell;
use std::rc::Rc;

use spin_sdk::sqlite::{Connection, Value};
use spin_sdk::wasip3::http::types::{ErrorCode, Fields, Request, Response};
use spin_sdk::wasip3::wit_bindgen::{spawn, yield_async};
use spin_sdk::wasip3::{wit_future, wit_stream};

const EMAIL: &str = "SELECT email FROM user WHERE id = ?1";

struct Floor;
spin_sdk::wasip3::http::service::export!(Floor);

thread_local! {
    static CONNECTION: RefCell<Option<Rc<Connection>>> = const { RefCell::new(None) };
}

impl spin_sdk::wasip3::exports::http::handler::Guest for Floor {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let target = request.get_path_with_query().unwrap_or_default();
        let body = match target.strip_prefix("/select/") {
            Some(user) => select(user).await.map_err(|reason| ErrorCode::InternalError(Some(reason)))?,
            None => "hello".to_owned(),
        };
        respond(body.into_bytes()).await
    }
}

async fn select(user: &str) -> Result<String, String> {
    let connection = connection().await?;
    let parameters = [Value::Text(user.to_owned())];
    let mut found = connection.execute(EMAIL, parameters).await.map_err(|error| error.to_string())?;
    let mut email = String::new();
    while let Some(row) = found.next().await {
        if let Some(Value::Text(text)) = row.values.into_iter().next() {
            email = text;
        }
    }
    found.result().await.map_err(|error| error.to_string())?;
    Ok(email)
}

async fn connection() -> Result<Rc<Connection>, String> {
    if let Some(kept) = CONNECTION.with_borrow(Clone::clone) {
        return Ok(kept);
    }
    let opened = Rc::new(Connection::open_default().await.map_err(|error| error.to_string())?);
    CONNECTION.set(Some(opened.clone()));
    Ok(opened)
}

async fn respond(body: Vec<u8>) -> Result<Response, ErrorCode> {
    let headers = [
        ("content-type".to_owned(), b"text/plain".to_vec()),
        ("content-length".to_owned(), body.len().to_string().into_bytes()),
    ];
    let headers = Fields::from_list(&headers).map_err(|error| ErrorCode::InternalError(Some(error.to_string())))?;
    let (mut writer, reader) = wit_stream::new();
    let (trailers, trailers_reader) = wit_future::new(|| Ok(None));
    let (response, _sent) = Response::new(headers, Some(reader), trailers_reader);
    spawn(async move {
        let _ = writer.write_all(body).await;
        let _ = trailers.write(Ok(None)).await;
    });
    yield_async().await;
    Ok(response)
}
