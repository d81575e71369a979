//! A desk in a process of its own: whatever it does there costs the step it was given, and nothing
//! else (I8); it reads nothing, sends nothing and leaves nothing behind.

use std::fmt::Write as _;
use std::net::{TcpListener, UdpSocket};

use expect_test::{Expect, expect};

use super::ODD_AND_EVEN;
use crate::story::Story;

/// The misbehaving desk, isolated, with a deadline that a test can wait for.
fn isolated() -> Story {
    let mut story = Story::new();
    story.tell(&ODD_AND_EVEN.replacen("library = \"misbehaving\"", "library = \"misbehaving\"\n  isolated = true", 1));
    story.tell("add hongling.toml\n  [isolation]\n  call-ms = 1000\n  memory-mib = 256\n");
    story.tell("open {\"title\": \"3幢门口路灯不亮\", \"place\": \"西苑小区\"}");
    story.take_said();
    story
}

/// Does each on a matter of its own, tells what came of it, and that the next one goes well.
fn check(story: &mut Story, ways: &[&str], expected: Expect) {
    let mut said = String::new();
    for way in ways {
        let opened = story.told(r#"act odd start {"place": "西苑小区"}"#);
        let number = opened
            .split_whitespace()
            .find(|word| word.starts_with("TR2026-"))
            .unwrap_or_else(|| panic!("before {way}: {opened}"));
        let answer = story.told(&format!(r#"act {number} try {{"how": "{way}"}}"#));
        let answer = answer.lines().skip(1).map(str::trim).collect::<Vec<_>>().join(" / ");
        writeln!(said, "{way}: {}", answer.replace(number, "TR")).unwrap();
    }
    expected.assert_eq(&said);
}

#[test]
fn what_costs_a_process_costs_the_step() {
    let mut story = isolated();
    check(
        &mut story,
        &[
            "well",
            "panic",
            "panic-in-drop",
            "abort",
            "segfault",
            "overflow",
            "exit",
            "loop",
            "sleep",
            "memory",
            "forks",
            "thread",
            "huge-output",
            "garbage",
            "flood",
            "read",
            "write",
            "no-status",
            "refuse",
            "well",
        ],
        expect![[r#"
            well: done TR 捣乱台/已做
            panic: failed panicked: panics in a step
            panic-in-drop: failed panicked: panicked without a message
            abort: failed ended its process: signal 6
            segfault: failed ended its process: signal 11
            overflow: failed ended its process: signal 6
            exit: failed ended its process with exit code 0
            loop: failed did not come back within 1000 ms, and its process was stopped
            sleep: failed did not come back within 1000 ms, and its process was stopped
            memory: failed ended its process: signal 6
            forks: failed refused 100 times
            thread: failed refused 1 times
            huge-output: failed its output of 67108864 bytes is longer than the limit of 1048576
            garbage: failed broke the protocol, and its process was stopped: what came is no frame: a text of 4294967295 bytes, at most 1048576
            flood: done TR 捣乱台/等待
            read: failed refused 4 times
            write: failed refused 3 times
            no-status: failed answers with status 77, which ABI version 1 does not have
            refuse: refused how：这样不行 / refused 那样也不行
            well: done TR 捣乱台/已做
        "#]],
    );
    let parked = story.told("parked");
    assert_eq!(parked.lines().filter(|line| line.contains("try")).count(), 16, "{parked}");
}

#[test]
fn nothing_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let socket = UdpSocket::bind(("127.0.0.1", port)).unwrap();
    socket.set_nonblocking(true).unwrap();
    let mut story = isolated();
    let way = format!("connect {port}");
    let opened = story.told(r#"act odd start {"place": "西苑小区"}"#);
    assert!(opened.contains("TR2026-000002"), "{opened}");
    let answer = story.told(&format!(r#"act TR2026-000002 try {{"how": "{way}"}}"#));
    assert!(answer.contains("failed refused 2 times"), "{answer}");
    assert!(listener.accept().is_err() && socket.recv(&mut [0; 8]).is_err());
    // The control: in this process the same desk gets through.
    let mut free = super::odd_story();
    free.tell(r#"act odd start {"place": "西苑小区"}"#);
    let served = std::thread::spawn(move || {
        listener.set_nonblocking(false).unwrap();
        drop(listener.accept().unwrap());
    });
    free.tell(&format!(r#"act TR2026-000002 try {{"how": "{way}"}}"#));
    served.join().unwrap();
}

/// Fourteen ways, fifty times each, through the real program: it lives, takes every row that is well, and
/// leaves no process behind.
#[test]
fn seven_hundred_misbehaviours() {
    const WAYS: [&str; 14] = [
        "panic",
        "panic-in-drop",
        "abort",
        "segfault",
        "overflow",
        "exit",
        "loop",
        "sleep",
        "memory",
        "forks",
        "thread",
        "huge-output",
        "garbage",
        "read",
    ];
    const TIMES: usize = 50;
    let mut story = isolated();
    story.tell("change hongling.toml `call-ms = 1000` `call-ms = 100`");
    story.tell("change hongling.toml `memory-mib = 256` `memory-mib = 64`");
    story.tell("add hongling.toml\n  [[desk.odd.import]]\n  name = \"trials\"\n  action = \"start\"\n  key = \"n\"\n  columns = { place = \"place\", how = \"how\" }");
    story.become_exercise();
    let mut table = "n,place,how\n".to_owned();
    for n in 0..TIMES {
        for way in WAYS {
            writeln!(table, "{way}-{n},西苑小区,{way}\nwell-{way}-{n},西苑小区,").unwrap();
        }
    }
    let file = story.folder().join("trials.csv");
    std::fs::write(&file, table).unwrap();
    let mut command = std::process::Command::new(crate::scratch::PROGRAM);
    command.args(["import", ".", "trials.csv", "--desk", "odd", "--json"]).current_dir(story.folder());
    let child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).spawn().unwrap();
    let host = child.id();
    let ended = child.wait_with_output().unwrap();
    let said: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(workers_of(host), 0, "no process is left behind");
    let all = WAYS.len() * TIMES;
    assert_eq!((said["opened"].as_u64(), said["refused"].as_u64()), (Some(all as u64), Some(all as u64)), "{said}");
    let matters = story.state().iter().filter(|row| row.starts_with("matter ")).count();
    assert_eq!(matters, all + 1, "those that are well, and nothing of the others");
}

/// Worker processes of a host.
fn workers_of(host: u32) -> usize {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    let ending = format!("\0worker\0{host}\0");
    lines.filter(|line| line.ends_with(ending.as_bytes())).count()
}
