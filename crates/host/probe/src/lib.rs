//! The component that the embedded host's tests run. The last part of a path says what it does; everything is answered
//! as plain text.

// The handler's generated glue exports a function by name, which the compiler counts as unsafe.
#![allow(unsafe_code, reason = "the export macro of the SDK")]

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use spin_sdk::http::body::IncomingBodyExt as _;
use spin_sdk::http::{FromRequest as _, FullBody, IntoResponse as _, Request};
use spin_sdk::key_value::Store;
use spin_sdk::sqlite::{Connection, Error as SqliteError, RowResult, Value};
use spin_sdk::wasip3::http::types;
use spin_sdk::wasip3::http_compat::RequestOptionsExtension;
use spin_sdk::wasip3::{wit_future, wit_stream};
use spin_sdk::{variables, wit_bindgen};
use std::fmt::Write as _;
use std::time::Duration;

struct Probe;
spin_sdk::wasip3::http::service::export!(Probe);

impl spin_sdk::wasip3::exports::http::handler::Guest for Probe {
    async fn handle(request: types::Request) -> Result<types::Response, types::ErrorCode> {
        let request = Request::from_request(request)?;
        let yields = !request.uri().path().contains("unyielding");
        if let Some(ms) = request.uri().path().strip_prefix("/late-body/") {
            return late_body(ms.parse().unwrap_or(0));
        }
        if let Some(how) = request.uri().path().strip_prefix("/streamed/") {
            return streamed(how);
        }
        let (status, text) = answer(request).await;
        let mut response = Response::new(FullBody::new(text.clone()));
        *response.status_mut() = status;
        response.headers_mut().insert(http::header::CONTENT_LENGTH, text.len().into());
        let response = response.into_response()?;
        // The body's write begins before the head is handed over, so that both leave in one segment.
        if yields {
            wit_bindgen::yield_async().await;
        }
        Ok(response)
    }
}

/// A response that says how long its body is, and has none of it for a while.
fn late_body(ms: u64) -> Result<types::Response, types::ErrorCode> {
    const BODY: &[u8] = b"better late";
    let length = ("content-length".to_owned(), BODY.len().to_string().into_bytes());
    let headers = types::Fields::from_list(&[length])
        .map_err(|error| types::ErrorCode::InternalError(Some(error.to_string())))?;
    let (mut body, body_reader) = wit_stream::new();
    let (trailers, trailers_reader) = wit_future::new(|| Ok(None));
    let (response, _sent) = types::Response::new(headers, Some(body_reader), trailers_reader);
    wit_bindgen::spawn(async move {
        spin_sdk::time::sleep(Duration::from_millis(ms)).await;
        let _ = body.write_all(BODY.to_vec()).await;
        let _ = trailers.write(Ok(None)).await;
    });
    Ok(response)
}

/// A response of unknown length, a piece every few milliseconds, with an end of its own.
fn streamed(how: &str) -> Result<types::Response, types::ErrorCode> {
    let (mut body, body_reader) = wit_stream::new();
    let (trailers, trailers_reader) = wit_future::new(|| Ok(None));
    let (response, _sent) = types::Response::new(types::Fields::new(), Some(body_reader), trailers_reader);
    let how = how.to_owned();
    wit_bindgen::spawn(async move {
        for _ in 0..30 {
            let begun = std::time::Instant::now();
            while how == "computing" && begun.elapsed() < Duration::from_millis(20) {
                std::hint::spin_loop();
            }
            spin_sdk::time::sleep(Duration::from_millis(60)).await;
            let _ = body.write_all(b"piece\n".to_vec()).await;
        }
        match how.as_str() {
            "trapping" => std::process::abort(),
            "failing" => {
                drop(body);
                let _ = trailers.write(Err(types::ErrorCode::InternalError(None))).await;
            }
            _ => {
                drop(body);
                let _ = trailers.write(Ok(None)).await;
            }
        }
    });
    Ok(response)
}

type Answer = (StatusCode, Bytes);

async fn answer(request: Request) -> Answer {
    let path = request.uri().path().to_owned();
    let words: Vec<&str> = path.trim_matches('/').split('/').collect();
    match words.as_slice() {
        ["headers"] => ok(headers(&request)),
        ["authority"] => ok(request.uri().to_string()),
        ["trap"] => std::process::abort(),
        ["loop", after_ms] => {
            if let Some(ms) = after_ms.parse().ok().filter(|ms| *ms > 0) {
                spin_sdk::time::sleep(Duration::from_millis(ms)).await;
            }
            loop {
                std::hint::spin_loop();
            }
        }
        ["sleep", ms] => {
            spin_sdk::time::sleep(Duration::from_millis(ms.parse().unwrap_or(0))).await;
            ok("slept")
        }
        ["print"] => {
            println!("to standard output");
            eprintln!("to standard error");
            ok("printed")
        }
        ["variable", name] => match variables::get(name).await {
            Ok(value) => ok(value),
            Err(error) => failed(error),
        },
        ["kv", label, rest @ ..] => key_value(label, rest, request).await,
        _ => with_body(&words, request).await,
    }
}

async fn with_body(words: &[&str], request: Request) -> Answer {
    let body = match request.into_body().bytes().await {
        Ok(body) => body,
        Err(error) => return failed(error),
    };
    let text = String::from_utf8_lossy(&body).into_owned();
    match words {
        ["echo"] => (StatusCode::OK, body),
        ["outbound"] => outbound(Method::GET, &text, None).await,
        ["outbound", "trapping", path] => outbound_trapping(&text, path).await,
        ["outbound", "post"] => outbound(Method::POST, &text, None).await,
        ["outbound", "within", ms] => outbound(Method::GET, &text, ms.parse().ok().map(Duration::from_millis)).await,
        ["sql", label] => sql(label, &text, []).await,
        ["sql-blocking"] => sql_blocking(text),
        ["types"] => {
            let values = [
                Value::Null,
                Value::Integer(-7),
                Value::Real(0.5),
                Value::Text("ä".to_owned()),
                Value::Blob(vec![0, 255]),
            ];
            sql("default", "SELECT ?, ?, ?, ?, ?", values).await
        }
        ["abandon"] => abandon(&text).await,
        ["transaction"] => transaction(&text).await,
        ["later"] => {
            wit_bindgen::spawn(async move {
                spin_sdk::time::sleep(Duration::from_millis(50)).await;
                sql("default", &text, []).await;
            });
            ok("later")
        }
        _ => ok(format!("hello from /{}", words.join("/"))),
    }
}

fn ok(text: impl Into<Bytes>) -> Answer {
    (StatusCode::OK, text.into())
}

fn failed(error: impl std::fmt::Debug) -> Answer {
    (StatusCode::CONFLICT, format!("{error:?}").into())
}

fn headers(request: &Request) -> String {
    let mut text = String::new();
    for (name, value) in request.headers() {
        let _ = writeln!(text, "{name}: {}", String::from_utf8_lossy(value.as_bytes()));
    }
    text
}

async fn key_value(label: &str, rest: &[&str], request: Request) -> Answer {
    let done = async {
        let store = Store::open(label).await?;
        let text = match (request.method().as_str(), rest) {
            ("GET", [key]) => match store.get(key).await? {
                Some(value) => String::from_utf8_lossy(&value).into_owned(),
                None => "none".to_owned(),
            },
            ("DELETE", [key]) => store.delete(key).await.map(|()| "deleted".to_owned())?,
            ("PUT", [key, value]) => store.set(key, value.as_bytes()).await.map(|()| "set".to_owned())?,
            ("POST", [key]) => store.exists(key).await?.to_string(),
            _ => {
                let mut keys = store.get_keys().await.collect().await?;
                keys.sort();
                keys.join(",")
            }
        };
        Ok::<_, spin_sdk::key_value::Error>(text)
    };
    done.await.map_or_else(failed, ok)
}

/// Answers with what came back: the status, and the `location` that it names or else the body. `patience` is how long each
/// part of it may take.
async fn outbound(method: Method, url: &str, patience: Option<Duration>) -> Answer {
    match exchange(method, url, patience).await {
        Ok(answer) => answer,
        Err(error) => failed(error),
    }
}

async fn exchange(method: Method, url: &str, patience: Option<Duration>) -> Result<Answer, types::ErrorCode> {
    let body = if method == Method::POST { "sent by the probe" } else { "" };
    let mut request = Request::builder().method(method).uri(url);
    if let Some(patience) = patience {
        let (options, ns) = (types::RequestOptions::new(), u64::try_from(patience.as_nanos()).ok());
        let set = [
            options.set_connect_timeout(ns),
            options.set_first_byte_timeout(ns),
            options.set_between_bytes_timeout(ns),
        ];
        let unset = |error| types::ErrorCode::InternalError(Some(format!("{error:?}")));
        set.into_iter().collect::<Result<(), _>>().map_err(unset)?;
        request = request.extension(RequestOptionsExtension(options));
    }
    let request = request.body(FullBody::new(Bytes::from_static(body.as_bytes())));
    let response = spin_sdk::http::send(request.map_err(|_| types::ErrorCode::HttpRequestUriInvalid)?).await?;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.into_body().bytes().await?;
    let location = headers.get(http::header::LOCATION).and_then(|location| location.to_str().ok());
    Ok((status, location.map_or(body, |location| Bytes::from(location.to_owned()))))
}

/// Ends in the middle of a request's body, whether there is a response already or not.
async fn outbound_trapping(authority: &str, path: &str) -> Answer {
    let (mut body, body_reader) = wit_stream::new();
    let (_trailers, trailers_reader) = wit_future::new(|| Ok(None));
    let (request, _sent) = types::Request::new(types::Fields::new(), Some(body_reader), trailers_reader, None);
    let addressed = [
        request.set_method(&types::Method::Post),
        request.set_scheme(Some(&types::Scheme::Http)),
        request.set_authority(Some(authority)),
        request.set_path_with_query(Some(&format!("/{path}"))),
    ];
    if addressed.contains(&Err(())) {
        return failed("not a request");
    }
    wit_bindgen::spawn(async move {
        let _ = body.write_all(b"the beginning".to_vec()).await;
        spin_sdk::time::sleep(Duration::from_millis(100)).await;
        std::process::abort();
    });
    match spin_sdk::wasip3::http::client::send(request).await {
        Ok(_response) => {
            spin_sdk::time::sleep(Duration::from_secs(1)).await;
            ok("answered")
        }
        Err(error) => failed(error),
    }
}

async fn sql(label: &str, text: &str, values: impl IntoIterator<Item = Value>) -> Answer {
    match query(label, text, values).await {
        Ok(rows) => ok(rows),
        Err(error) => failed(error),
    }
}

async fn query(label: &str, text: &str, values: impl IntoIterator<Item = Value>) -> Result<String, SqliteError> {
    let connection = Connection::open(label).await?;
    let result = connection.execute(text, values).await?;
    let columns = result.columns().join(",");
    let rows = result.collect().await?;
    Ok(format!("{columns}\n{}", show(&rows)))
}

fn show(rows: &[RowResult]) -> String {
    let mut text = String::new();
    for row in rows {
        let _ = writeln!(text, "{:?}", row.values);
    }
    text
}

/// The synchronous functions of the interface, which the SDK does not use.
fn sql_blocking(text: String) -> Answer {
    use spin_sdk::sqlite::wit::sqlite::Connection;
    let run = || {
        let connection = Connection::open("default")?;
        let result = connection.execute(&text, &[])?;
        let (changes, rowid) = (connection.changes(), connection.last_insert_rowid());
        Ok::<_, SqliteError>(format!("{}\n{}{changes} {rowid}", result.columns.join(","), show(&result.rows)))
    };
    run().map_or_else(failed, ok)
}

/// Leaves a transaction open when its connection goes.
async fn abandon(insert: &str) -> Answer {
    let run = async {
        let connection = Connection::open_default().await?;
        for statement in ["BEGIN IMMEDIATE", insert] {
            connection.execute(statement, []).await?.collect().await?;
        }
        Ok::<_, SqliteError>("abandoned")
    };
    run.await.map_or_else(failed, ok)
}

/// Runs a statement twice within a transaction that is committed.
async fn transaction(insert: &str) -> Answer {
    let run = async {
        let connection = Connection::open_default().await?;
        for statement in ["BEGIN IMMEDIATE", insert, insert, "COMMIT"] {
            connection.execute(statement, []).await?.collect().await?;
            spin_sdk::time::sleep(Duration::from_millis(2)).await;
        }
        Ok::<_, SqliteError>(format!("{} {}", connection.changes().await, connection.last_insert_rowid().await))
    };
    run.await.map_or_else(failed, ok)
}
