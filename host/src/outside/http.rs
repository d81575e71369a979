//! One HTTP request, to an address that is granted.

use std::time::Duration;

use ::http::{HeaderName, HeaderValue, Method, Request, Uri};
use hmac::{Hmac, KeyInit, Mac};
use plugin_api::Fault;
use plugin_api::outside::{HttpAnswer, HttpRequest, SIGNATURE_HEADER, TIMESTAMP_HEADER};
use sha2::Sha256;
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

use super::errands::{Kit, refused};
use super::veil::Into;
use crate::limits::{OUTSIDE_ANSWER_BYTES_MAX, OUTSIDE_MS_MAX};

/// Headers that are the host's to set.
const HOST_HEADERS: [&str; 6] =
    ["host", "content-length", "transfer-encoding", "connection", "hongling-timestamp", "hongling-signature"];

/// Sends it, signed with a secret at a second where asked.
pub(super) fn send(request: &HttpRequest, sign: Option<(&str, i64)>, kit: &Kit<'_>) -> Result<HttpAnswer, Fault> {
    // Before anything is put in: an address that only a secret makes is none that can be granted.
    check_granted(&request.url, kit)?;
    let url = kit.veil.lift(&request.url, Into::Url);
    check_granted(&url, kit)?;
    let (head, body) = build(request, &url, sign, kit)?;
    let timeout = Duration::from_millis(u64::from(request.timeout_ms).clamp(1, OUTSIDE_MS_MAX));
    let agent = Agent::config_builder()
        .timeout_global(Some(timeout))
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .user_agent("hongling")
        .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
        .build()
        .new_agent();
    let sent = if body.is_empty() && head.method() == Method::GET {
        agent.run(head.map(|()| ()))
    } else {
        agent.run(head.map(|()| body))
    };
    let mut answer = sent.map_err(|error| failed(&error))?;
    let status = answer.status().as_u16();
    let bytes = answer.body_mut().with_config().limit(OUTSIDE_ANSWER_BYTES_MAX).read_to_vec();
    // What came before its end is no use to anybody, and the status says what became of the request.
    let body = bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    Ok(HttpAnswer { status, body })
}

fn check_granted(url: &str, kit: &Kit<'_>) -> Result<(), Fault> {
    let uri: Uri = url.parse().map_err(|_| refused("对外请求的地址不是地址", "the address of a request is none"))?;
    if kit.grants.http.iter().any(|grant| grant.covers(&uri)) {
        return Ok(());
    }
    let scheme = uri.scheme_str().unwrap_or("?");
    let host = uri.authority().map_or("?", |authority| authority.host());
    let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    let at = format!("{scheme}://{host}{port}{}", uri.path());
    let desk = kit.desk;
    Err(refused(
        &format!("没有授权业务台“{desk}”连接 {at}；要准许，写进 [desk.{desk}.grants] 的 http"),
        &format!("desk {desk:?} is not granted {at}; to grant it, name it in [desk.{desk}.grants] http"),
    ))
}

fn build(
    request: &HttpRequest,
    url: &str,
    sign: Option<(&str, i64)>,
    kit: &Kit<'_>,
) -> Result<(Request<()>, String), Fault> {
    let method = match request.method.as_str() {
        "GET" => Method::GET,
        "POST" => Method::POST,
        "PUT" => Method::PUT,
        other => {
            return Err(refused(&format!("不能用 {other} 发请求"), &format!("a request cannot be a {other}")));
        }
    };
    let content_type = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let body = kit.veil.lift(&request.body, written_as(content_type.map_or("", |(_, value)| value)));
    let mut built = Request::builder().method(method).uri(url);
    for (name, value) in &request.headers {
        let bad = || refused(&format!("不能发送请求头 {name:?}"), &format!("header {name:?} cannot be sent"));
        if HOST_HEADERS.iter().any(|own| name.eq_ignore_ascii_case(own)) {
            return Err(bad());
        }
        let value = HeaderValue::from_str(&kit.veil.lift(value, Into::Plain)).map_err(|_| bad())?;
        built = built.header(HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?, value);
    }
    if let Some((secret, now_s)) = sign {
        built = built.header(TIMESTAMP_HEADER, now_s).header(SIGNATURE_HEADER, signature(secret, now_s, &body));
    }
    let built = built.body(()).map_err(|_| refused("对外请求拼不成", "the request cannot be put together"))?;
    Ok((built, body))
}

fn written_as(content_type: &str) -> Into {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/x-www-form-urlencoded" => Into::Url,
        kind if kind.ends_with("json") => Into::Json,
        _ => Into::Plain,
    }
}

/// `sha256=` and the HMAC over `timestamp.body`.
fn signature(secret: &str, now_s: i64, body: &str) -> String {
    let mut hash = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    hash.update(format!("{now_s}.").as_bytes());
    hash.update(body.as_bytes());
    let bytes = hash.finalize().into_bytes();
    bytes.iter().fold("sha256=".to_owned(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// In our own words: what the client says may repeat the address.
fn failed(error: &ureq::Error) -> Fault {
    use std::io::ErrorKind;
    let words = match error {
        ureq::Error::Timeout(_) => NO_ANSWER,
        ureq::Error::HostNotFound => "the host is not found",
        ureq::Error::ConnectionFailed => "cannot connect",
        ureq::Error::Io(error) => match error.kind() {
            ErrorKind::ConnectionRefused => "the connection was refused",
            ErrorKind::TimedOut | ErrorKind::WouldBlock => NO_ANSWER,
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::UnexpectedEof
            | ErrorKind::BrokenPipe => "the connection was broken off",
            // So the client hands on what TLS found.
            ErrorKind::InvalidData => UNTRUSTED,
            _ => UNSENT,
        },
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) => UNTRUSTED,
        ureq::Error::Protocol(_) | ureq::Error::BodyStalled => "its answer broke off",
        _ => UNSENT,
    };
    Fault::failed(words)
}

const NO_ANSWER: &str = "no answer in time";
const UNTRUSTED: &str = "its certificate is not to be trusted";
const UNSENT: &str = "the request could not be sent";

#[cfg(test)]
mod tests {
    use super::{Into, signature, written_as};

    /// Against a value computed elsewhere: `printf '1772413200.{"a":1}' | openssl dgst -sha256 -hmac key`.
    #[test]
    fn signatures_are_those_of_other_tools() {
        assert_eq!(
            signature("key", 1_772_413_200, "{\"a\":1}"),
            "sha256=519d979aeecc5da8ff4bac5130f8d914e5f15767fe371e2f7a2864e1b40a8f4b"
        );
    }

    #[test]
    fn values_are_written_as_their_place_asks() {
        assert_eq!(written_as("application/json; charset=utf-8"), Into::Json);
        assert_eq!(written_as("application/problem+JSON"), Into::Json);
        assert_eq!(written_as("application/x-www-form-urlencoded"), Into::Url);
        assert_eq!(written_as("text/plain"), Into::Plain);
    }
}
