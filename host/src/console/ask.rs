//! A request as handlers see it: read whole, within its bounds, before anything is decided.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use axum::body::Body;
use http::{HeaderMap, Method, Uri, header};
use http_body_util::{BodyExt as _, Limited};
use plugin_api::Title;
use serde_json::{Map, Value};

use super::reply::Refusal;
use super::visitor::Visitor;
use crate::lang::Lang;
use crate::limits::{REQUEST_BYTES_MAX, REQUEST_MS_MAX};

/// Cookie of the language somebody chose.
pub(super) const LANG_COOKIE: &str = "lang";

/// A request.
#[derive(Debug)]
pub(super) struct Ask {
    pub method: Method,
    pub path: String,
    /// Parts of the path, by name.
    pub parts: BTreeMap<String, String>,
    /// What stands behind the question mark, in order.
    pub query: Vec<(String, String)>,
    /// Fields of a form, in order.
    pub form: Vec<(String, String)>,
    /// A body that is JSON.
    pub json: Option<Value>,
    pub headers: HeaderMap,
    /// Where it came from.
    pub from: IpAddr,
    pub lang: Lang,
    pub visitor: Visitor,
    /// The district's instant, in milliseconds since 1970.
    pub now_ms: i64,
}

impl Ask {
    /// A part of the path that its route has.
    pub fn part(&self, name: &str) -> &str {
        self.parts.get(name).map_or("", String::as_str)
    }

    /// The first value of this name behind the question mark.
    pub fn query(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    /// The first value of this name in the form.
    pub fn field(&self, name: &str) -> Option<&str> {
        find(&self.form, name)
    }

    /// Whether a program asks.
    pub fn is_api(&self) -> bool {
        self.path.starts_with("/api/")
    }

    /// A header that is text.
    pub fn header(&self, name: impl header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A cookie's value.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let all = self.headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
        let mut pairs = all.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(given, _)| *given == name).map(|(_, value)| value)
    }

    /// The words in the reader's language.
    pub fn words<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        self.lang.words(zh, en)
    }
}

fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
}

/// Pairs of a query or a form.
pub(super) fn pairs(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// Whether a path is written the one way it is meant: no other spelling may lead past a check.
pub(super) fn is_plain(uri: &Uri) -> bool {
    let path = uri.path();
    let lower = path.to_ascii_lowercase();
    let odd = ["//", "/./", "/../", "\\", "%2f", "%5c", "%2e", "%00", ";"];
    uri.authority().is_none()
        && !odd.iter().any(|odd| lower.contains(odd))
        && !lower.ends_with("/..")
        && !lower.ends_with("/.")
}

/// A body as it came.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub form: Vec<(String, String)>,
    pub json: Option<Value>,
}

/// Reads a body whole, within its time and size.
pub(super) async fn read_body(method: &Method, headers: &HeaderMap, body: Body) -> Result<Read, Refusal> {
    if method.is_safe() {
        return Ok(Read::default());
    }
    let limited = Limited::new(body, REQUEST_BYTES_MAX);
    let collected = tokio::time::timeout(Duration::from_millis(REQUEST_MS_MAX), limited.collect()).await;
    let bytes = match collected {
        Err(_) => return Err(Refusal::new(408, "上传太慢，请重试", "the body took too long; try again")),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            return Err(Refusal::new(413, "内容太大", format!("the body has more than {REQUEST_BYTES_MAX} bytes")));
        }
        Ok(Err(_)) => return Err(Refusal::new(400, "内容没有传完", "the body did not come whole")),
        Ok(Ok(whole)) => whole.to_bytes(),
    };
    if bytes.is_empty() {
        return Ok(Read::default());
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    match kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase().as_str() {
        "application/x-www-form-urlencoded" => Ok(Read { form: pairs(&bytes), json: None }),
        "application/json" => {
            let json: Map<String, Value> = serde_json::from_slice(&bytes).map_err(|error| Refusal {
                status: 400,
                words: Title::new(format!("不是 JSON 对象：{error}"), format!("not a JSON object: {error}")),
                objections: Vec::new(),
                retry_after_s: None,
            })?;
            Ok(Read { form: Vec::new(), json: Some(Value::Object(json)) })
        }
        _ => Err(Refusal::new(415, "不支持这种内容类型", "send a form or JSON")),
    }
}

/// The language somebody chose, else Chinese.
pub(super) fn lang_of(query: &[(String, String)], cookie: Option<&str>) -> Lang {
    match find(query, LANG_COOKIE).or(cookie) {
        Some("en") => Lang::En,
        _ => Lang::Zh,
    }
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn one_spelling_of_a_path() {
        for good in ["/", "/matters/SQ2026-000001", "/desks/a-desk/views/board?x=//", "/matters?text=%E8%B7%AF"] {
            assert!(is_plain(&good.parse().unwrap()), "{good}");
        }
        for odd in [
            "//host",
            "/a//b",
            "/a/../b",
            "/a/./b",
            "/a/..",
            "/a%2fb",
            "/a%2Fb",
            "/%2e%2e/x",
            "/a;x=1",
            "/a\\b",
            "/a%5cb",
        ] {
            assert!(odd.parse().is_ok_and(|uri| !is_plain(&uri)) || odd.parse::<http::Uri>().is_err(), "{odd}");
        }
    }
}
