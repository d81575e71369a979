//! The world outside, as an outlet reaches it while it delivers: through the host alone.
//!
//! The desk says what is to be sent; the host connects, only to addresses that the config grants this
//! desk, with a time-out, and fills secrets and contacts in as the request leaves. Always holds (I10):
//! the desk holds stand-ins, never a secret or a contact, and neither comes back in an answer or an
//! error.

use serde::{Deserialize, Serialize};

use crate::{Fault, Objection};

/// Header that an HTTP request with [`HttpRequest::sign`] carries: seconds since 1970 when it left.
pub const TIMESTAMP_HEADER: &str = "Hongling-Timestamp";
/// Header that such a request carries: `sha256=` and, in hex, the HMAC-SHA256 with the secret as its
/// key over the timestamp, a full stop and the body as sent.
pub const SIGNATURE_HEADER: &str = "Hongling-Signature";

/// What the host does for an outlet. Callable only during the call it was given to, on the same
/// thread.
///
/// Every method fails with [`Fault::Refused`] when it would fail again however often it is tried (an
/// address that is not granted, a request that cannot be sent), and with [`Fault::Failed`] when the
/// outside did not answer; hand such a fault on with `?`.
pub trait Outside {
    /// What stands for a secret: the host puts the secret in its place as the request leaves. `secret`
    /// is the value of one of the desk's settings of type `secret`.
    fn secret(&self, secret: &str) -> Result<String, Fault>;

    /// Sends one HTTP request and gives the answer, whatever its status. Redirects are not followed.
    fn http(&self, request: &HttpRequest) -> Result<HttpAnswer, Fault>;

    /// Hands one mail to the district's mail server.
    fn mail(&self, mail: &Mail) -> Result<MailAnswer, Fault>;

    /// Writes to a file within the district's folder; it is on disk when this returns.
    fn file(&self, write: &FileWrite) -> Result<(), Fault>;
}

/// An HTTP request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpRequest {
    /// `POST`, `PUT`, `GET`.
    pub method: String,
    /// Where to, `http` or `https`.
    pub url: String,
    /// Names and values.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// At most 256 KiB of text. Stand-ins in it are filled in as its `Content-Type` asks: escaped in JSON
    /// and in forms.
    #[serde(default)]
    pub body: String,
    /// For the whole of it, 1 to 30,000.
    pub timeout_ms: u32,
    /// Value of a setting of type `secret`: the host signs the request with it, see
    /// [`SIGNATURE_HEADER`]. It is the host that signs, for a desk that could would hold the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<String>,
}

/// An answer to an HTTP request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpAnswer {
    /// Its status, 100 to 599.
    pub status: u16,
    /// The first 64 KiB of its body, as text.
    #[serde(default)]
    pub body: String,
}

/// A mail: plain text, UTF-8. Whom it is from is the config's to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Whom it is for: [`Notice::address`](crate::Notice::address).
    pub to: String,
    /// One line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// Becomes its Message-ID, the same at every try: [`Notice::key`](crate::Notice::key).
    pub key: String,
    /// For the whole of it, 1 to 30,000.
    pub timeout_ms: u32,
}

/// That the mail server took a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailAnswer {
    /// What it said, its first line.
    pub said: String,
}

/// Text for a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileWrite {
    /// Path within the district's folder, with `/`.
    pub path: String,
    /// The text.
    pub text: String,
    /// How it is written.
    pub way: FileWay,
}

/// How text is written to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileWay {
    /// As a line of its own at the end: begun on a new line even where the last one was cut off.
    Append,
    /// As the whole file, which is there whole or as it was before.
    Write,
}

/// An errand for the host, as it crosses the border. Externally tagged: `{"http":{…}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each is a method of `Outside`, documented there")]
pub enum Errand {
    Secret { name: String },
    Http(HttpRequest),
    Mail(Mail),
    File(FileWrite),
}

/// Something that runs an [`Errand`] and answers with JSON text: the far side of the border.
pub trait Errands {
    /// The answer as JSON.
    fn run(&self, errand: &Errand) -> Result<String, Fault>;
}

/// [`Outside`] over anything that runs [`Errands`]: used by the border and by the test double, so that
/// both speak the same words.
pub struct Reaching<'a>(pub &'a dyn Errands);

impl Reaching<'_> {
    fn run<T: serde::de::DeserializeOwned>(&self, errand: &Errand) -> Result<T, Fault> {
        let text = self.0.run(errand)?;
        serde_json::from_str(&text).map_err(|error| Fault::failed(format!("unreadable answer from the host: {error}")))
    }
}

impl Outside for Reaching<'_> {
    fn secret(&self, secret: &str) -> Result<String, Fault> {
        self.run(&Errand::Secret { name: secret.to_owned() })
    }
    fn http(&self, request: &HttpRequest) -> Result<HttpAnswer, Fault> {
        self.run(&Errand::Http(request.clone()))
    }
    fn mail(&self, mail: &Mail) -> Result<MailAnswer, Fault> {
        self.run(&Errand::Mail(mail.clone()))
    }
    fn file(&self, write: &FileWrite) -> Result<(), Fault> {
        self.run(&Errand::File(write.clone()))
    }
}

/// A fault from how the border tells it: a status, and objections or a text.
pub(crate) fn fault_of(status: i32, text: String) -> Fault {
    if status == crate::abi::STATUS_REFUSED
        && let Ok(objections) = serde_json::from_str::<Vec<Objection>>(&text)
    {
        return Fault::Refused(objections);
    }
    Fault::Failed(text)
}
