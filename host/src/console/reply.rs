//! What is answered: a page, a file, another address, or why not, with the headers all of them carry.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode, header};
use maud::Markup;
use plugin_api::{Objection, Title};
use serde_json::{Value, json};

use crate::store::StoreError;

/// What every page may do: show what comes from here, and send to here. No code within a page, nothing
/// from outside, nobody's frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
    connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'; object-src 'none'";

/// An answer.
#[derive(Debug)]
pub(super) struct Reply {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Vec<u8>,
}

impl Reply {
    /// A page, or a part of one.
    pub fn page(markup: Markup) -> Reply {
        Reply::typed("text/html; charset=utf-8", markup.into_string().into_bytes())
    }

    /// Bytes of a type.
    pub fn typed(kind: &'static str, body: Vec<u8>) -> Reply {
        let headers = vec![(header::CONTENT_TYPE, HeaderValue::from_static(kind))];
        Reply { status: StatusCode::OK, headers, body }
    }

    /// A file to be kept, by a name that may be Chinese.
    pub fn file(kind: &'static str, name: &str, body: Vec<u8>) -> Reply {
        let encoded: String = form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20");
        Reply::typed(kind, body).with(header::CONTENT_DISPOSITION, &format!("attachment; filename*=UTF-8''{encoded}"))
    }

    /// Look there instead, by a GET.
    pub fn see(path: &str) -> Reply {
        Reply { status: StatusCode::SEE_OTHER, headers: Vec::new(), body: Vec::new() }.with(header::LOCATION, path)
    }

    /// With another status.
    pub fn status(mut self, status: u16) -> Reply {
        self.status = StatusCode::from_u16(status).expect("statuses are written in the program");
        self
    }

    /// With a header. A value that is none is left out.
    pub fn with(mut self, name: HeaderName, value: &str) -> Reply {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// As it is sent.
    pub fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        let fixed = [
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::X_FRAME_OPTIONS, "DENY"),
            (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
            (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
            (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
        ];
        for (name, value) in fixed {
            if !self.headers.iter().any(|(own, _)| *own == name) {
                headers.insert(name, HeaderValue::from_static(value));
            }
        }
        for (name, value) in self.headers {
            headers.append(name, value);
        }
        if !headers.contains_key(header::CACHE_CONTROL) {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        response
    }
}

/// Why a request is not answered as asked.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub status: u16,
    pub words: Title,
    /// What must be mended, field by field.
    pub objections: Vec<Objection>,
    pub retry_after_s: Option<u64>,
}

impl Refusal {
    pub fn new(status: u16, zh: impl Into<String>, en: impl Into<String>) -> Refusal {
        Refusal { status, words: Title::new(zh, en), objections: Vec::new(), retry_after_s: None }
    }

    /// The one answer for what is not there and what is not the asker's to see.
    pub fn not_there() -> Refusal {
        Refusal::new(404, "没有这个页面或事项，或您无权查看", "there is nothing here, or it is not yours to see")
    }

    /// So many seconds from now it may be tried again.
    pub fn after(mut self, seconds: u64) -> Refusal {
        self.retry_after_s = Some(seconds);
        self
    }

    /// As a problem document (RFC 9457), in both languages.
    pub fn problem(&self) -> Reply {
        let objections: Vec<Value> = self.objections.iter().map(objection_value).collect();
        let mut problem = json!({ "type": "about:blank", "status": self.status, "title": self.words.en,
            "detail": { "zh": self.words.zh, "en": self.words.en } });
        if !objections.is_empty() {
            problem["refused"] = Value::Array(objections);
        }
        let reply = Reply::typed("application/problem+json", problem.to_string().into_bytes()).status(self.status);
        // Whoever is not known is told how to be.
        let reply = if self.status == 401 { reply.with(header::WWW_AUTHENTICATE, "Bearer") } else { reply };
        self.timed(reply)
    }

    /// Says when to come again, where that is known.
    pub fn timed(&self, reply: Reply) -> Reply {
        match self.retry_after_s {
            Some(seconds) => reply.with(header::RETRY_AFTER, &seconds.to_string()),
            None => reply,
        }
    }
}

fn objection_value(objection: &Objection) -> Value {
    json!({ "field": objection.field, "row": objection.row, "text": { "zh": objection.text.zh, "en": objection.text.en } })
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Refusal {
        tracing::error!(%error, "A page could not be read from the store.");
        Refusal::new(
            503,
            "暂时读不到数据，请稍后再试；若一直如此，请联系管理员",
            "the store cannot be read just now; tell the operator if it stays so",
        )
        .after(5)
    }
}

impl From<Title> for Refusal {
    fn from(words: Title) -> Refusal {
        Refusal { status: 422, words, objections: Vec::new(), retry_after_s: None }
    }
}
