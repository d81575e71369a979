//! The outside, on a port of this machine that nobody else has: answers each request as it was told to.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use serde_json::Value;

/// How a request is answered.
#[derive(Clone, Debug)]
pub enum Answer {
    /// With a status and a body.
    Status(u16, &'static str),
    /// With what was sent, as a failure.
    Echo,
    /// The connection is closed without a word.
    HangUp,
    /// Never: the connection stays open and silent.
    Never,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its first line and headers, names in small letters.
    pub head: String,
    /// Its body.
    pub body: String,
}

impl Request {
    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let line = self.head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.map(str::trim)
    }

    /// A text of the body, which is JSON.
    pub fn text(&self, name: &str) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        body[name].as_str().unwrap_or_default().to_owned()
    }
}

/// The server.
pub struct Server {
    port: u16,
    requests: Receiver<Request>,
}

impl Server {
    /// A server that answers as told, in turn, and 200 after that.
    pub fn new(answers: &[Answer]) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let answers: VecDeque<Answer> = answers.iter().cloned().collect();
        let (sender, requests) = channel();
        std::thread::spawn(move || serve(&listener, answers, &sender));
        Server { port, requests }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The next request, which must come.
    pub fn request(&self) -> Request {
        self.requests.recv_timeout(Duration::from_secs(20)).expect("a request comes")
    }

    /// The requests that have come and were not looked at.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.try_iter().collect()
    }
}

fn serve(listener: &TcpListener, mut answers: VecDeque<Answer>, sender: &Sender<Request>) {
    let mut silent = Vec::new();
    for stream in listener.incoming() {
        let Ok(mut stream) = stream else { continue };
        let Some(request) = read(&stream) else { continue };
        let answer = answers.pop_front().unwrap_or(Answer::Status(200, ""));
        let echo = format!("{}\n{}", request.head, request.body);
        if sender.send(request).is_err() {
            // The test is over.
            return;
        }
        match answer {
            Answer::Status(status, body) => respond(&mut stream, status, body),
            Answer::Echo => respond(&mut stream, 500, &echo),
            Answer::HangUp => {}
            Answer::Never => silent.push(stream),
        }
    }
}

fn respond(stream: &mut TcpStream, status: u16, body: &str) {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    // Whoever asked may have gone.
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        match line.split_once(": ") {
            Some((name, value)) => head.push_str(&format!("{}: {}\n", name.to_lowercase(), value.trim())),
            None => head.push_str(&format!("{}\n", line.trim())),
        }
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { head, body: String::from_utf8(body).ok()? })
}
