//! What an outlet's desk is granted: addresses, a mail server, files; and where secrets lie.
//!
//! Pure. Always holds: what is not granted by name is not reached, however an address is written.

use std::fmt;

use http::Uri;
use plugin_api::Title;

/// Where a desk may reach, and with what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// Over HTTP.
    pub http: Vec<HttpGrant>,
    /// By mail.
    pub mail: Option<MailGrant>,
    /// Files of the district's folder.
    pub files: Vec<FileGrant>,
}

impl Grants {
    /// Whether anything could leave this machine.
    pub fn reach_out(&self) -> bool {
        !self.http.is_empty() || self.mail.is_some()
    }
}

/// An address that requests may go to: `https://gate.example:8443/send/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpGrant {
    scheme: String,
    host: String,
    port: u16,
    path: String,
}

impl HttpGrant {
    /// Reads an address.
    ///
    /// # Errors
    /// What is wrong with it, as a fragment.
    pub fn parse(text: &str) -> Result<HttpGrant, Title> {
        let uri: Uri = text.parse().map_err(|_| {
            wrong("不是地址，应写成 https://gate.example/send 这样", "is no address such as https://gate.example/send")
        })?;
        let scheme = match uri.scheme_str() {
            Some(scheme @ ("http" | "https")) => scheme.to_owned(),
            _ => return Err(wrong("应以 https:// 或 http:// 开头", "begins with neither https:// nor http://")),
        };
        let authority = uri.authority().ok_or_else(|| wrong("没有写主机", "names no host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("里面有用户名或密码", "has a name or password in it"));
        }
        if uri.query().is_some() {
            return Err(wrong(
                "不能有问号；授权只写问号之前的部分",
                "has a question mark; only what stands before it is granted",
            ));
        }
        if has_detours(uri.path()) {
            return Err(wrong("路径里有 .. 之类的绕道", "has a path with detours"));
        }
        let port = port_of(&uri).ok_or_else(|| wrong("没有写端口", "names no port"))?;
        Ok(HttpGrant { scheme, host: authority.host().to_lowercase(), port, path: uri.path().to_owned() })
    }

    /// Whether it covers an address: the same scheme, host and port, and a path that is the same or, where
    /// the grant's ends with `/`, within it.
    pub fn covers(&self, uri: &Uri) -> bool {
        let Some(authority) = uri.authority() else { return false };
        let path = uri.path();
        let is_within = path == self.path || (self.path.ends_with('/') && path.starts_with(&self.path));
        uri.scheme_str() == Some(&self.scheme)
            && !authority.as_str().contains('@')
            && authority.host().to_lowercase() == self.host
            && port_of(uri) == Some(self.port)
            && !has_detours(path)
            && is_within
    }

    /// Whether what is sent there can be read on the way: not encrypted, and not to this machine.
    pub fn is_open(&self) -> bool {
        self.scheme == "http" && !matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "[::1]")
    }
}

impl fmt::Display for HttpGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}{}", self.scheme, self.host, self.port, self.path)
    }
}

fn port_of(uri: &Uri) -> Option<u16> {
    uri.port_u16().or(match uri.scheme_str() {
        Some("https") => Some(443),
        Some("http") => Some(80),
        _ => None,
    })
}

/// Whether a server might take a path for another than it looks like.
fn has_detours(path: &str) -> bool {
    let lower = path.to_lowercase();
    path.split('/').any(|part| part == ".." || part == ".")
        || lower.contains("%2e")
        || lower.contains("%2f")
        || lower.contains("%5c")
        || path.contains('\\')
}

/// The district's mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailGrant {
    /// `smtps://host:465`, `smtp://host:587` (with STARTTLS), or, for a server on this machine,
    /// `smtp+plain://localhost:25`.
    pub security: MailSecurity,
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whom mails are from.
    pub from: String,
    /// The account there, and its password.
    pub account: Option<(String, SecretSource)>,
}

/// How the way to a mail server is kept from others' eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailSecurity {
    /// TLS from the start.
    Tls,
    /// TLS once both are greeted.
    StartTls,
    /// Not at all.
    Plain,
}

/// Reads the address of a mail server.
///
/// # Errors
/// What is wrong with it, as a fragment.
pub fn parse_mail_server(text: &str) -> Result<(MailSecurity, String, u16), Title> {
    let (scheme, rest) = text.split_once("://").ok_or_else(|| {
        wrong("不是地址，应写成 smtps://mail.example 这样", "is no address such as smtps://mail.example")
    })?;
    let (security, usual) = match scheme {
        "smtps" => (MailSecurity::Tls, 465),
        "smtp" => (MailSecurity::StartTls, 587),
        "smtp+plain" => (MailSecurity::Plain, 25),
        _ => {
            return Err(wrong(
                "应以 smtps://、smtp:// 或 smtp+plain:// 开头",
                "begins with none of smtps://, smtp://, smtp+plain://",
            ));
        }
    };
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().map_err(|_| wrong("端口不是数字", "has a port that is no number"))?),
        None => (rest, usual),
    };
    let is_host = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
    if !is_host {
        return Err(wrong("没有写主机", "names no host"));
    }
    if security == MailSecurity::Plain && !matches!(host, "localhost" | "127.0.0.1") {
        return Err(wrong(
            "会把邮件明文传出去；smtp+plain 只能用于 localhost",
            "sends mails that can be read on the way; smtp+plain is for localhost only",
        ));
    }
    Ok((security, host.to_lowercase(), port))
}

/// Files that may be written: a folder within the district's, and one name or a part of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileGrant {
    folder: String,
    before: String,
    after: Option<String>,
}

impl FileGrant {
    /// Reads `outbox/*` or `outbox/*.jsonl` or `outbox/today.jsonl`.
    ///
    /// # Errors
    /// What is wrong with it, as a fragment.
    pub fn parse(text: &str) -> Result<FileGrant, Title> {
        let (folder, name) = text
            .rsplit_once('/')
            .ok_or_else(|| wrong("没有写目录，应写成 \"outbox/*\" 这样", "names no folder: write \"outbox/*\""))?;
        if folder.contains('*') || 1 < name.matches('*').count() {
            return Err(wrong("只有最后一段可以有一个 *", "may have one * in its last part"));
        }
        if !is_plain_path(text) {
            return Err(wrong("不是配置目录之内的路径", "is no path within the district's folder"));
        }
        Ok(match name.split_once('*') {
            None => FileGrant { folder: folder.to_owned(), before: name.to_owned(), after: None },
            Some((before, after)) => {
                FileGrant { folder: folder.to_owned(), before: before.to_owned(), after: Some(after.to_owned()) }
            }
        })
    }

    /// The folder, within the district's.
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// Whether it covers a path.
    pub fn covers(&self, path: &str) -> bool {
        let Some((folder, name)) = path.rsplit_once('/') else { return false };
        let fits = match &self.after {
            None => name == self.before,
            Some(after) => name
                .strip_prefix(&*self.before)
                .is_some_and(|rest| rest.len() >= after.len() && rest.ends_with(&**after)),
        };
        is_plain_path(path) && folder == self.folder && fits
    }
}

/// A relative path without detours, hidden parts and odd characters.
fn is_plain_path(path: &str) -> bool {
    path.split('/').all(|part| {
        !part.is_empty() && !part.starts_with('.') && !part.chars().any(|c| c.is_control() || matches!(c, '\\' | ':'))
    })
}

/// Where a secret lies: never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// In a file, relative to the district's folder or absolute.
    File(String),
    /// In a variable of the environment the host was started with.
    Env(String),
}

impl SecretSource {
    /// Reads `file:secrets/gate` or `env:GATE_KEY`.
    ///
    /// # Errors
    /// What is wrong with it; the text is not repeated, for it may be the secret.
    pub fn parse(text: &str) -> Result<SecretSource, Title> {
        match text.split_once(':') {
            Some(("file", path)) if !path.is_empty() => Ok(SecretSource::File(path.to_owned())),
            Some(("env", name)) if !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') => {
                Ok(SecretSource::Env(name.to_owned()))
            }
            _ => Err(wrong(
                "应写成 \"file:路径\" 或 \"env:变量名\"：配置里不写密钥本身",
                "says neither \"file:PATH\" nor \"env:NAME\": a secret itself does not stand in a config",
            )),
        }
    }
}

fn wrong(zh: &str, en: &str) -> Title {
    Title::new(zh, en)
}
