//! One HTTP/1.1 exchange over a byte stream, bounded in what is read.

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;

use crate::engine::Stream;

/// An answer larger than this is cut: a canary read of a full run is far smaller.
const LARGEST_ANSWER: usize = 8 * 1024 * 1024;

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Method.
    pub method: String,
    /// Path with query.
    pub path: String,
    /// Header lines.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Request {
    /// A plain GET.
    pub fn get(path: &str) -> Self {
        Self { method: "GET".into(), path: path.into(), ..Self::default() }
    }
}

/// What was answered.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// `Set-Cookie` values in order.
    pub cookies: Vec<String>,
    /// Body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// An exchange that came to no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HttpError {
    /// The request never reached the app, so that it cannot have acted on it.
    #[error("{0}")]
    NotSent(String),
    /// The app may have acted on it.
    #[error("{0}")]
    NoAnswer(String),
}

/// Sends a request and reads the whole answer.
///
/// # Errors
/// [`HttpError`].
pub async fn exchange(stream: Stream, host: &str, request: &Request) -> Result<Answer, HttpError> {
    let mut builder = hyper::Request::builder().method(request.method.as_str()).uri(request.path.as_str());
    builder = builder.header("host", host).header("connection", "close").header("user-agent", "civic");
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    let body = Full::new(Bytes::from(request.body.clone()));
    let message =
        builder.body(body).map_err(|error| HttpError::NotSent(format!("no valid request: {error}")))?;
    let unsent = |error: hyper::Error| HttpError::NotSent(error.to_string());
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(unsent)?;
    let exchange = async {
        let answer = sender.send_request(message).await.map_err(unanswered)?;
        read(answer).await
    };
    // The connection moves the bytes; it ends when the answer is complete or the peer is gone.
    tokio::pin!(exchange);
    tokio::select! {
        answer = &mut exchange => answer,
        _ = connection => exchange.await,
    }
}

async fn read(answer: hyper::Response<hyper::body::Incoming>) -> Result<Answer, HttpError> {
    let status = answer.status().as_u16();
    let cookies = answer.headers().get_all("set-cookie").iter();
    let cookies = cookies.filter_map(|value| value.to_str().ok().map(Into::into)).collect();
    let body = Limited::new(answer.into_body(), LARGEST_ANSWER).collect().await;
    let body = body.map_err(|error| HttpError::NoAnswer(format!("the answer broke off: {error}")))?;
    Ok(Answer { status, cookies, body: body.to_bytes().to_vec() })
}

fn unanswered(error: hyper::Error) -> HttpError {
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    HttpError::NoAnswer(format!("no answer: {}", cause.unwrap_or_else(|| error.to_string())))
}
