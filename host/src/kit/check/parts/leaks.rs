//! Whether a library keeps more and more: memory, threads, open files.
//!
//! Measured on the process, which is for nothing else. Always holds: what a first round takes (caches,
//! buffers of allocators) is no leak; what every further round takes is.

use std::fs::File;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::FileExt as _;
use std::time::{Duration, Instant};

use plugin_api::Title;

use crate::kit::check::answers;
use crate::kit::check::bench::{PLAIN, Trial, say_at};
use crate::plugins::strange::{Guest, Opened};

const ROUNDS: usize = 4;
const CYCLES_MAX: u64 = 300;
const ROUND_TIME: Duration = Duration::from_millis(1_500);
/// Growth that an allocator may have without a leak, in KiB over all rounds.
const NOISE_KIB: u64 = 192;
/// Growth of a cycle that is a leak, in bytes.
const LEAK_BYTES: u64 = 128;

pub(super) fn run(trial: &mut Trial<'_>) {
    let Ok(status) = File::open("/proc/self/status") else { return };
    say_at(&Title::new("反复打开、调用、关闭", "opening, calling and closing again and again"));
    let file = next_file();
    let mut cycles = cycle(trial);
    let threads = read(&status, "Threads:");
    let mut sizes = vec![read(&status, "VmRSS:")];
    let mut measured = 0;
    for _ in 0..ROUNDS {
        let done = cycle(trial);
        measured += done;
        sizes.push(read(&status, "VmRSS:"));
    }
    cycles += measured;
    trial.count(cycles * trial.calls.len() as u64);
    let growing = sizes.windows(2).all(|two| two[0] < two[1]);
    let grown = sizes.last().unwrap_or(&0).saturating_sub(sizes[0]);
    if growing && NOISE_KIB < grown && LEAK_BYTES * measured < grown * 1024 {
        let each = grown * 1024 / measured.max(1);
        trial.find(
            format!("打开、调用、关闭 {measured} 轮，内存多占 {grown} KiB，每轮约 {each} 字节"),
            format!("takes {grown} KiB more in {measured} rounds of opening, calling and closing: {each} bytes each"),
        );
    }
    let left = read(&status, "Threads:").saturating_sub(threads);
    if 0 < left {
        trial.find(format!("留下 {left} 个线程"), format!("leaves {left} threads behind"));
    }
    // None of it may be open, and where no more may be opened all are.
    if next_file() != file {
        trial.find("留下打开的文件", "leaves files open");
    }
}

/// Opens, calls and closes for a while, and says how often.
fn cycle(trial: &Trial<'_>) -> u64 {
    let until = Instant::now() + ROUND_TIME;
    let requests: Vec<_> = trial.calls.iter().map(|call| (call.verb, call.request.to_string().into_bytes())).collect();
    let mut cycles = 0;
    while cycles < CYCLES_MAX && Instant::now() < until {
        let opened =
            Guest::open(trial.library, PLAIN, &trial.opening, &mut |asked| answers::well(asked, &trial.manifest));
        let Opened { guest: Some(guest), .. } = opened else { break };
        for (verb, request) in &requests {
            let _ = guest.call(PLAIN, *verb, request, &mut |asked| answers::well(asked, &trial.manifest));
        }
        cycles += 1;
    }
    cycles
}

/// A number of `/proc/self/status`, which is read anew through a file that is open already.
fn read(status: &File, name: &str) -> u64 {
    let mut buffer = [0; 4096];
    let read = status.read_at(&mut buffer, 0).unwrap_or(0);
    let text = String::from_utf8_lossy(&buffer[..read]);
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()).and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The number that the next open file would get, which grows with those that stay open; none where no
/// more may be opened.
fn next_file() -> Option<i32> {
    // One of the few that may be opened here.
    File::open("/proc/self/status").ok().map(|file| file.as_raw_fd())
}
