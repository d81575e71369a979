//! A request as handlers see it: read whole, within its bounds, before anything is decided.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use http::{HeaderMap, Method, Uri, header};
use http_body_util::{BodyDataStream, BodyExt as _, Limited};
use multer::{Constraints, Multipart, SizeLimit};
use plugin_api::Title;
use serde_json::{Map, Value};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::reply::Refusal;
use super::visitor::Visitor;
use crate::lang::Lang;
use crate::limits::{
    FORM_FILES_BYTES_MAX, FORM_FILES_MAX, FORM_FILES_MS_MAX, FORMS_WITH_FILES_MAX, PICTURE_BYTES_MAX,
    REQUEST_BYTES_MAX, UPLOAD_BYTES_MAX,
};

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
    pub json: Option<Map<String, Value>>,
    /// A body that is a table.
    pub table: Vec<u8>,
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

/// What a route takes as its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// Nothing that it reads.
    Nothing,
    /// A form of a page, or JSON.
    Form,
    /// A file that is a table, as the body or as the file of a form.
    Table,
}

/// A body as it came.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub form: Vec<(String, String)>,
    pub json: Option<Map<String, Value>>,
    pub table: Vec<u8>,
    /// Files of a form, each with the field it is in.
    pub files: Vec<(String, Vec<u8>)>,
    /// Held until the files are kept: they take memory, and whoever keeps them waits for their turn.
    pub room: Option<SemaphorePermit<'static>>,
}

impl Read {
    /// A form whose file is a table.
    fn into_table(mut self) -> Read {
        self.table = std::mem::take(&mut self.files).into_iter().next().map(|(_, bytes)| bytes).unwrap_or_default();
        self
    }
}

/// Reads a body whole, within its time and size.
pub(super) async fn read_body(
    method: &Method,
    headers: &HeaderMap,
    body: Body,
    takes: Takes,
    most: Duration,
) -> Result<Read, Refusal> {
    if method.is_safe() {
        return Ok(Read::default());
    }
    if let Some(boundary) = boundary(headers) {
        let read = read_parts(boundary, body).await?;
        return Ok(if takes == Takes::Table { read.into_table() } else { read });
    }
    let bytes_max = if takes == Takes::Table { UPLOAD_BYTES_MAX } else { REQUEST_BYTES_MAX };
    // What says how large it is need not come first.
    if u64::try_from(bytes_max).is_ok_and(|most| most < body.size_hint().lower()) {
        return Err(too_large());
    }
    let limited = Limited::new(body, bytes_max);
    let collected = tokio::time::timeout(most, limited.collect()).await;
    let bytes = match collected {
        Err(_) => return Err(too_slow()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => return Err(too_large()),
        Ok(Err(_)) => return Err(not_whole()),
        Ok(Ok(whole)) => whole.to_bytes(),
    };
    if bytes.is_empty() {
        return Ok(Read::default());
    }
    if takes == Takes::Table {
        return Ok(Read { table: bytes.into(), ..Read::default() });
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    match kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase().as_str() {
        "application/x-www-form-urlencoded" => Ok(Read { form: pairs(&bytes), ..Read::default() }),
        "application/json" => {
            let json: Map<String, Value> = serde_json::from_slice(&bytes).map_err(|error| Refusal {
                status: 400,
                words: Title::new(format!("不是 JSON 对象：{error}"), format!("not a JSON object: {error}")),
                objections: Vec::new(),
                retry_after_s: None,
            })?;
            Ok(Read { json: Some(json), ..Read::default() })
        }
        _ => Err(Refusal::new(415, "不支持这种内容类型", "send a form or JSON")),
    }
}

fn too_slow() -> Refusal {
    Refusal::new(408, "上传太慢，请重试", "the body took too long; try again")
}

fn too_large() -> Refusal {
    Refusal::new(413, "内容太大", "the body, or a part of it, is too large")
}

fn not_whole() -> Refusal {
    Refusal::new(400, "内容没有传完", "the body did not come whole")
}

/// What divides the parts of a form with files, if it is one.
fn boundary(headers: &HeaderMap) -> Option<String> {
    multer::parse_boundary(headers.get(header::CONTENT_TYPE)?.to_str().ok()?).ok()
}

/// Forms with files that are being read and kept.
static WITH_FILES: Semaphore = Semaphore::const_new(FORMS_WITH_FILES_MAX);

/// Reads a form with files whole, within its time and size. The files are bytes still, looked at by nobody.
async fn read_parts(boundary: String, body: Body) -> Result<Read, Refusal> {
    let Ok(room) = WITH_FILES.try_acquire() else {
        let full =
            Refusal::new(503, "现在上传的人太多，请稍后再试", "too many uploads just now; try again in a moment");
        return Err(full.after(5));
    };
    let reading = tokio::time::timeout(Duration::from_millis(FORM_FILES_MS_MAX), take_parts(boundary, body));
    let read = reading.await.map_err(|_| too_slow())??;
    Ok(Read { room: Some(room), ..read })
}

async fn take_parts(boundary: String, body: Body) -> Result<Read, Refusal> {
    let sizes = SizeLimit::new().whole_stream(FORM_FILES_BYTES_MAX as u64).per_field(PICTURE_BYTES_MAX as u64);
    let within = Constraints::new().size_limit(sizes);
    let mut parts = Multipart::with_constraints(BodyDataStream::new(body), boundary, within);
    let (mut read, mut text_bytes) = (Read::default(), 0);
    while let Some(part) = parts.next_field().await.map_err(wrong_part)? {
        let name = part.name().unwrap_or_default().to_owned();
        if part.file_name().is_some() {
            let bytes = part.bytes().await.map_err(wrong_part)?;
            // So comes a field in which nothing was chosen.
            if bytes.is_empty() {
                continue;
            }
            if FORM_FILES_MAX <= read.files.len() {
                return Err(Refusal::new(
                    413,
                    format!("一次最多 {FORM_FILES_MAX} 个文件"),
                    format!("at most {FORM_FILES_MAX} files at once"),
                ));
            }
            read.files.push((name, bytes.to_vec()));
        } else {
            let text = part.text().await.map_err(wrong_part)?;
            text_bytes += name.len() + text.len();
            if REQUEST_BYTES_MAX < text_bytes {
                return Err(too_large());
            }
            read.form.push((name, text));
        }
    }
    Ok(read)
}

fn wrong_part(error: multer::Error) -> Refusal {
    match error {
        multer::Error::FieldSizeExceeded { .. } | multer::Error::StreamSizeExceeded { .. } => too_large(),
        _ => not_whole(),
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
