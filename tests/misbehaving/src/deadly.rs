//! The ways that cost the process they run in, or reach for what lies outside of it.

use std::hint::black_box;
use std::io::{Read as _, Write as _};
use std::net::{TcpStream, UdpSocket};
use std::process::Command;
use std::time::Duration;

use plugin_api::{Effects, Fault};
use serde_json::json;

/// Does what is asked; none if it is another way.
pub(crate) fn go(how: &str, effects: Effects) -> Option<Result<Effects, Fault>> {
    Some(match how {
        "exit" => std::process::exit(0),
        "overflow" => Ok(effects.label("count", i64::try_from(deeper(0)).unwrap_or(0))),
        "loop" => loop {
            black_box(());
        },
        "sleep" => {
            std::thread::park_timeout(Duration::from_secs(3600));
            Ok(effects)
        }
        "memory" => {
            let mut taken: Vec<Vec<u8>> = Vec::new();
            loop {
                taken.push(vec![1; 16 * 1024 * 1024]);
                black_box(&taken);
            }
        }
        "forks" => told(effects, (0..100).map(|_| Command::new("/bin/true").spawn().map(|_| "a process".to_owned()))),
        "thread" => told(effects, [left_behind()].into_iter()),
        "flood" => {
            flood();
            Ok(effects)
        }
        "read" => told(effects, FILES.into_iter().map(std::fs::read_to_string)),
        "write" => told(effects, FOLDERS.into_iter().map(|folder| write_into(folder).map(|()| folder.to_owned()))),
        _ => match how.strip_prefix("connect ") {
            Some(port) => told(effects, [connect(port), send(port)].into_iter()),
            None => return None,
        },
    })
}

const FILES: [&str; 4] = ["/etc/passwd", "/proc/self/environ", "/proc/self/maps", "/proc/1/cmdline"];
const FOLDERS: [&str; 3] = ["/tmp", "/dev/shm", "/var/tmp"];

/// What could be had, or that nothing could.
fn told(effects: Effects, tries: impl Iterator<Item = std::io::Result<String>>) -> Result<Effects, Fault> {
    let mut had = Vec::new();
    let mut refused = 0;
    for tried in tries {
        match tried {
            Ok(what) => had.push(what.chars().take(20).collect::<String>()),
            Err(_) => refused += 1,
        }
    }
    if had.is_empty() { Err(Fault::failed(format!("refused {refused} times"))) } else { Ok(effects.note(&json!(had))) }
}

fn deeper(depth: u64) -> u64 {
    let room = black_box([depth; 1024]);
    if depth == u64::MAX { 0 } else { deeper(depth + 1) + room[7] }
}

fn left_behind() -> std::io::Result<String> {
    std::thread::Builder::new()
        .spawn(|| {
            loop {
                std::thread::park()
            }
        })
        .map(|_| "a thread".to_owned())
}

/// Writes into everything that is open, the connection to the host among it.
fn flood() {
    for fd in 0..16 {
        if let Ok(mut file) = std::fs::OpenOptions::new().write(true).open(format!("/proc/self/fd/{fd}")) {
            let _ = file.write_all(&[0xff; 4096]);
        }
    }
}

fn write_into(folder: &str) -> std::io::Result<()> {
    std::fs::write(format!("{folder}/hongling-it-misbehaving"), "was here")
}

fn connect(port: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}"))?;
    stream.write_all(b"secrets")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn send(port: &str) -> std::io::Result<String> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.send_to(b"secrets", format!("127.0.0.1:{port}"))?;
    Ok("sent".to_owned())
}
