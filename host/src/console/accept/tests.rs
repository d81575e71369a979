//! P14: what takes its time is ended, by a loop whose times are short.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{any, get};
use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::{Bounds, accept};
use crate::console::ask::{Takes, read_body};
use crate::console::reply::{Refusal, Reply};

const SHORT: Duration = Duration::from_millis(100);
/// More than the kernel keeps for somebody who does not read.
const LARGE: usize = 64 * 1024 * 1024;

struct Loop {
    _runtime: Runtime,
    _stop: watch::Sender<bool>,
    at: SocketAddr,
}

impl Loop {
    fn start(connections: usize) -> Loop {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (stop, stopped) = watch::channel(false);
        let listener = runtime.block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let at = listener.local_addr().unwrap();
        let router = Router::new().route("/", any(read)).route("/large", get(async || vec![b'x'; LARGE]));
        runtime.spawn(accept(listener, router, Bounds { connections, head: SHORT, reader: SHORT }, stopped));
        Loop { _runtime: runtime, _stop: stop, at }
    }

    /// What comes back for these bytes until the connection ends.
    fn send(&self, bytes: &str) -> String {
        let mut stream = TcpStream::connect(self.at).unwrap();
        stream.write_all(bytes.as_bytes()).unwrap();
        let mut answer = Vec::new();
        // Ended by a reset it is ended too.
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8(answer).unwrap()
    }
}

async fn read(request: Request) -> Response {
    let (head, body) = request.into_parts();
    match read_body(&head.method, &head.headers, body, Takes::Form, SHORT).await {
        Ok(_) => Reply::typed("text/plain", b"well\n".to_vec()).into_response(),
        Err(refusal) => Refusal::problem(&refusal).into_response(),
    }
}

/// Each of these would go on for ever if nobody ended it: the test would then not end either.
#[test]
fn what_does_not_come_is_not_waited_for() {
    let served = Loop::start(10);
    for half in ["", "G", "GET / HTTP/1.1\r\nHost: x\r\nCook"] {
        assert!(!served.send(half).contains("well"), "{half:?}");
    }
    let rested = served.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(rested.starts_with("HTTP/1.1 200") && rested.ends_with("well\n"), "{rested}");
    let head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    for body in ["Content-Length: 20\r\n\r\n{\"half\":", "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"hal"] {
        let told = served.send(&format!("{head}{body}"));
        assert!(told.starts_with("HTTP/1.1 408") && told.contains("content-security-policy"), "{told}");
    }
}

/// There is room for one, and it does not read what it asked for: the next one comes in all the same.
#[test]
fn who_does_not_read_loses_their_place() {
    let served = Loop::start(1);
    let mut deaf = TcpStream::connect(served.at).unwrap();
    deaf.write_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert!(served.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").ends_with("well\n"));
    drop(deaf);
}
