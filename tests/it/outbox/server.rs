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
    /// With another address to go to.
    Moved(String),
    /// With 200 and a head that promises a body, which never comes.
    HeadOnly,
    /// With 200 and a body of 1 GiB.
    Flood,
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
    flooded: Receiver<u64>,
}

impl Server {
    /// A server that answers as told, in turn, and 200 after that.
    pub fn new(answers: &[Answer]) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let answers: VecDeque<Answer> = answers.iter().cloned().collect();
        let (sender, requests) = channel();
        let (floods, flooded) = channel();
        std::thread::spawn(move || serve(&listener, answers, &sender, &floods));
        Server { port, requests, flooded }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The next request, which must come.
    pub fn request(&self) -> Request {
        self.requests.recv_timeout(Duration::from_secs(20)).expect("a request comes")
    }

    /// How many bytes of a flood were taken before the connection was closed.
    pub fn flooded(&self) -> u64 {
        self.flooded.recv_timeout(Duration::from_secs(20)).expect("a flood ends")
    }

    /// The requests that have come and were not looked at.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.try_iter().collect()
    }
}

fn serve(listener: &TcpListener, mut answers: VecDeque<Answer>, sender: &Sender<Request>, floods: &Sender<u64>) {
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
            Answer::Moved(to) => {
                let head =
                    format!("HTTP/1.1 302 X\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                let _ = stream.write_all(head.as_bytes());
            }
            Answer::HeadOnly => {
                let _ = stream.write_all(b"HTTP/1.1 200 X\r\nContent-Length: 20\r\n\r\n{\"id\"");
                silent.push(stream);
            }
            Answer::Flood => drop(floods.send(flood(&mut stream))),
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

fn flood(stream: &mut TcpStream) -> u64 {
    const LENGTH: u64 = 1 << 30;
    let _ = stream.write_all(format!("HTTP/1.1 200 X\r\nContent-Length: {LENGTH}\r\n\r\n").as_bytes());
    let chunk = [b'9'; 64 * 1024];
    let mut taken = 0;
    while taken < LENGTH && stream.write_all(&chunk).is_ok() {
        taken += chunk.len() as u64;
    }
    taken
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
