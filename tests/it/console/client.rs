//! A connection to the console, byte for byte: what is sent is what was written, and what comes back is
//! kept whole. A browser on it has cookies and fills in the forms that pages show.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Error, ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// Longer than anything the console lets anybody wait: who waits so long waits for ever.
const PATIENCE: Duration = Duration::from_secs(100);

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answered {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// One connection, kept for one request after another.
pub struct Line(BufReader<TcpStream>);

impl Line {
    /// Connected.
    pub fn open(to: SocketAddr) -> Line {
        Line::over(TcpStream::connect(to).unwrap())
    }

    /// Connected from another address of this machine.
    pub fn open_from(from: IpAddr, to: SocketAddr) -> Line {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::new(from, 0).into()).unwrap();
        socket.connect(&to.into()).unwrap();
        Line::over(socket.into())
    }

    fn over(stream: TcpStream) -> Line {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Line(BufReader::new(stream))
    }

    /// The stream below.
    pub fn stream(&mut self) -> &mut TcpStream {
        self.0.get_mut()
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream().write_all(bytes)
    }

    /// Reads one answer; one to HEAD has no body, whatever its head says.
    pub fn read(&mut self, is_head: bool) -> std::io::Result<Answered> {
        let first = self.line()?;
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| Error::new(ErrorKind::InvalidData, first.clone()))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| Error::new(ErrorKind::InvalidData, line.clone()))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut answered = Answered { status, headers, body: Vec::new() };
        let length = answered.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        if !is_head && answered.header("transfer-encoding").is_some() {
            return Err(Error::new(ErrorKind::InvalidData, "an answer in chunks"));
        }
        if !is_head {
            answered.body = vec![0; length];
            self.0.read_exact(&mut answered.body)?;
        }
        Ok(answered)
    }

    /// Sends one request and reads its answer.
    pub fn ask(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> std::io::Result<Answered> {
        let mut request = format!("{method} {target} HTTP/1.1\r\nHost: console.test\r\n");
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = body {
            request.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        request.push_str("\r\n");
        let mut bytes = request.into_bytes();
        bytes.extend_from_slice(body.unwrap_or_default());
        self.send(&bytes)?;
        self.read(method == "HEAD")
    }

    fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            return Err(Error::new(ErrorKind::UnexpectedEof, "it was closed"));
        }
        Ok(line.trim_end().to_owned())
    }
}

/// A browser: what it got last, and the cookies it was given.
pub struct Browser {
    line: Line,
    pub cookies: BTreeMap<String, String>,
    pub shown: Answered,
}

impl Browser {
    /// One that was never here.
    pub fn new(at: SocketAddr) -> Browser {
        Browser::over(Line::open(at))
    }

    /// The same on a connection that is there.
    pub fn over(line: Line) -> Browser {
        let shown = Answered { status: 0, headers: Vec::new(), body: Vec::new() };
        Browser { line, cookies: BTreeMap::new(), shown }
    }

    /// Goes to a page, and on to where it leads.
    pub fn go(&mut self, path: &str) -> &Answered {
        self.send("GET", path, &[]);
        self.follow()
    }

    /// The same without following.
    pub fn get(&mut self, path: &str) -> &Answered {
        self.send("GET", path, &[])
    }

    /// Fills in the form of the page shown that is sent there, with what it carries unseen, and follows.
    pub fn submit(&mut self, path: &str, filled: &[(&str, &str)]) -> &Answered {
        self.send_form(path, filled);
        self.follow()
    }

    /// The same without following.
    pub fn send_form(&mut self, path: &str, filled: &[(&str, &str)]) -> &Answered {
        let unseen = unseen(self.shown.text(), path);
        let filled = filled.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let fields: Vec<(String, String)> = unseen.into_iter().chain(filled).collect();
        self.send("POST", path, &fields)
    }

    fn follow(&mut self) -> &Answered {
        if self.shown.status == 303 {
            let to = self.shown.header("location").unwrap().to_owned();
            return self.go(&to);
        }
        &self.shown
    }

    fn send(&mut self, method: &str, path: &str, fields: &[(String, String)]) -> &Answered {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let body = form(fields);
        let mut headers = vec![("Sec-Fetch-Site", "same-origin"), ("Cookie", &*cookies)];
        if method == "POST" {
            headers.push(("Content-Type", "application/x-www-form-urlencoded"));
        }
        let body = (method == "POST").then_some(body.as_bytes());
        self.shown = self.line.ask(method, path, &headers, body).unwrap();
        let given: Vec<String> = self
            .shown
            .headers
            .iter()
            .filter(|(name, _)| name == "set-cookie")
            .map(|(_, value)| value.clone())
            .collect();
        for cookie in given {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        &self.shown
    }
}

/// Fields as a form sends them.
pub fn form(fields: &[(String, String)]) -> String {
    let encode = |text: &str| -> String {
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._*".contains(byte);
        text.bytes()
            .map(|byte| if is_plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
            .collect()
    };
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

/// The hidden fields of the form of a page that is sent to a path.
fn unseen(page: &str, path: &str) -> Vec<(String, String)> {
    let start = page.find(&format!("action=\"{path}\"")).unwrap_or_else(|| panic!("no form for {path} in {page}"));
    let form = &page[start..];
    let form = &form[..form.find("</form>").unwrap()];
    let hidden = form.split("<input type=\"hidden\"").skip(1);
    hidden.map(|input| (attribute(input, "name"), attribute(input, "value"))).collect()
}

fn attribute(element: &str, name: &str) -> String {
    let start = element.find(&format!(" {name}=\"")).unwrap() + name.len() + 3;
    let value = element[start..].split('"').next().unwrap();
    value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}
