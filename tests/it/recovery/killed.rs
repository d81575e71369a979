//! The process killed while it works, from outside and by a desk.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use expect_test::expect;
use hongling::district::District;
use hongling::engine::input::{Act, Answer, Ask, HandClock, Input, Target};
use hongling::engine::runner::Runner;
use hongling::store::faults::{Doing, Faults as StoreFaults, Verdict, install};

use crate::contract::ODD_AND_EVEN;
use crate::faults::Faults;
use crate::scratch::{PROGRAM, Scratch};
use crate::story::{Story, ms};

/// Say to a child process of this test which folder to work on and where to begin, see [`child`].
const FOLDER: &str = "HONGLING_IT_FOLDER";
const FIRST: &str = "HONGLING_IT_FIRST";
/// Makes it answer before its commits, which then never come.
const EARLY: &str = "HONGLING_IT_EARLY";
/// Reports that one life of the host is given.
const REPORTS: usize = 60;
const KILLS: usize = 20;

/// A host that answers early.
struct Early;

impl StoreFaults for Early {
    fn before(&mut self, doing: Doing) -> Verdict {
        if doing == Doing::Commit { Verdict::Lie } else { Verdict::Go }
    }
}

/// One report of the load, always the same for its number.
fn report(nth: usize) -> Input {
    let titles = ["3幢门口路灯不亮", "1幢前面窨井盖没了", "有件事想说说", "楼道里停了电动车充电"];
    let title = format!("{}（第{nth}件）", titles[nth % titles.len()]);
    let form = serde_json::json!({ "title": title, "place": "西苑小区", "contact": format!("1990000{:04}", nth % 30) });
    let form = form.as_object().unwrap().clone();
    let act = Act { target: Target::Desk("intake".into()), action: "report".into(), form };
    Input { ask: Ask::Row(act), by: None, key: Some(format!("D{nth:05}")) }
}

/// The load, in a process of its own: says each number when its answer is there. Does nothing when
/// the whole suite is run.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let first: usize = std::env::var(FIRST).unwrap().parse().unwrap();
    if std::env::var_os(EARLY).is_some() {
        install(|| Box::new(Early));
    }
    let district = District::open(Path::new(&folder), Path::new(PROGRAM)).unwrap();
    let (engine, _lock) = district.engine_with_clock(HandClock::new(ms("2026-03-02 09:10"))).unwrap();
    let runner = Runner::start(engine).unwrap();
    // People's inputs are committed one by one, those of tables many at a time.
    let lane = if first.is_multiple_of(2) { &runner.people } else { &runner.tables };
    let answers: Vec<_> = (first..first + REPORTS).map(|nth| lane.put(report(nth)).unwrap()).collect();
    for (nth, answer) in (first..).zip(answers) {
        let answer = answer.recv().unwrap();
        assert!(matches!(answer, Answer::Done(_)), "{answer:?}");
        println!("answered {nth}");
    }
}

/// The one disk of [`recovers_from_a_full_disk_as_it_runs`], filled and freed by the process itself. Does nothing
/// when the whole suite is run.
#[test]
fn child_on_a_full_disk() {
    let (Some(folder), Some(full)) = (std::env::var_os(FOLDER), std::env::var_os("FAULTS_WHILE")) else { return };
    let district = District::open(Path::new(&folder), Path::new(PROGRAM)).unwrap();
    let (engine, _lock) = district.engine_with_clock(HandClock::new(ms("2026-03-02 09:10"))).unwrap();
    let runner = Runner::start(engine).unwrap();
    let put = |nth| match runner.people.put(report(nth)).unwrap().recv().unwrap() {
        Answer::Done(_) => println!("{nth} is done"),
        Answer::Unstored(words) => println!("{nth} is not stored: {}", words.en),
        other => println!("{nth}: {other:?}"),
    };
    put(0);
    std::fs::write(&full, "").unwrap();
    put(1);
    // Another process, on the same full disk.
    let listed = hongling(Path::new(&folder), &["list", ".", "--json"]);
    println!("listed: {:?} {}", listed.0, listed.1.matches("SQ2026-").count());
    put(2);
    std::fs::remove_file(&full).unwrap();
    put(1);
    put(3);
    println!("listed: {}", hongling(Path::new(&folder), &["list", ".", "--json"]).1.matches("SQ2026-").count());
}

/// P8: on a disk that is really full nothing is taken and all can be read; when there is room again, the
/// same process goes on.
#[test]
fn recovers_from_a_full_disk_as_it_runs() {
    let Some(faults) = Faults::build("recovery::killed::recovers_from_a_full_disk_as_it_runs") else { return };
    let (mut story, scratch) = (Story::new(), Scratch::new());
    story.state();
    story.become_exercise();
    let folder = story.folder();
    let done = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "recovery::killed::child_on_a_full_disk", "--nocapture"])
        .env(FOLDER, &folder)
        .env("FAULTS_WHILE", scratch.path().join("full"))
        .env("FAULTS_DIR", folder.join("data"))
        .env("FAULTS_REPORT", scratch.path().join("report"))
        .env("LD_PRELOAD", faults.library())
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&done.stdout).into_owned();
    let said: Vec<&str> = out.lines().filter(|line| line.contains(" is ") || line.starts_with("listed")).collect();
    let refused = "the disk is full and nothing of this was stored";
    assert!(said.len() == 7 && said[1].contains(refused) && said[3].contains(refused), "{out}");
    let told = [said[0], said[2], said[4], said[5], said[6]];
    assert_eq!(told, ["0 is done", "listed: Some(0) 1", "1 is done", "3 is done", "listed: 3"], "{out}");
    // The control: it was full indeed.
    assert!(std::fs::read_to_string(scratch.path().join("report")).unwrap().contains("fault"));
}

/// Runs the load until it has said so many answers, then kills it. Gives the last number that was
/// answered.
fn kill_after(folder: &Path, first: usize, answers: usize, env: &[(&str, &str)]) -> usize {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .envs(env.iter().copied())
        .args(["--exact", "recovery::killed::child", "--nocapture"])
        .env(FOLDER, folder)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut numbers = lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("answered ")?.parse().ok());
    let last = numbers.nth(answers - 1).expect("the load says as many answers");
    child.kill().unwrap();
    child.wait().unwrap();
    last
}

/// I1: killed twenty times under load, nothing that was answered is lost, nothing is there twice, and
/// finished it is as if it had never been killed.
#[test]
fn killed_under_load() {
    let mut story = Story::new();
    let mut first = 0;
    let mut in_the_middle = 0;
    for kill in 0..KILLS {
        // Another number of answers each time, so that it is killed at other depths of its work.
        let last = kill_after(&story.folder(), first, 1 + (kill * 7) % 29, &[]);
        let running = story.running().unwrap();
        for nth in first..=last {
            let answer = running.answer(report(nth));
            assert!(matches!(answer, Answer::Repeated(_)), "kill {kill}: {nth} was answered and is lost: {answer:?}");
        }
        let (_, _, stored) = running.engine.store().reader().sizes().unwrap();
        let stored = usize::try_from(stored).unwrap();
        in_the_middle += usize::from(stored < first + REPORTS);
        first = stored;
        story.stop();
    }
    assert!(KILLS / 2 <= in_the_middle, "only {in_the_middle} of {KILLS} kills were in the middle of the work");
    // One more that was not begun, and all that were, once more.
    story.tell("at 2026-03-02 09:10");
    let finished = load(&mut story, first + 1);
    let mut whole = Story::new();
    whole.tell("at 2026-03-02 09:10");
    assert_eq!(finished, load(&mut whole, first + 1));
}

/// The control: a load whose host answers before its commits has lost what it answered when it is killed,
/// and that is found.
#[test]
fn killed_when_it_had_answered_early() {
    let mut story = Story::new();
    story.state();
    story.stop();
    let last = kill_after(&story.folder(), 0, 5, &[(EARLY, "1")]);
    let found = match story.running() {
        Ok(running) => (0..=last).any(|nth| !matches!(running.answer(report(nth)), Answer::Repeated(_))),
        Err(text) => text.contains("had been stored"),
    };
    assert!(found);
}

/// The state after so many reports.
fn load(story: &mut Story, reports: usize) -> Vec<String> {
    let running = story.running().unwrap();
    for nth in 0..reports {
        running.engine.take(report(nth), 1);
    }
    running.engine.commit();
    story.state()
}

fn hongling(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let done = Command::new(PROGRAM).args(["--lang", "en"]).args(args).current_dir(folder).output().unwrap();
    (done.status.code(), String::from_utf8(done.stdout).unwrap())
}

/// I4, I8: a step that kills the host is called apart from then on; at the third death in all it is parked,
/// and everything else goes on.
#[test]
fn a_step_that_kills_the_process_is_parked() {
    let mut story = Story::new();
    story.tell(ODD_AND_EVEN);
    story.tell("at 2026-03-02 09:10");
    story.tell(
        "open {\"title\": \"3幢门口路灯不亮\", \"place\": \"西苑小区\"}\nact odd start {\"place\": \"西苑小区\"}",
    );
    story.become_exercise();
    story.take_said();
    let folder = story.folder();
    let act = ["act", ".", "TR2026-000002", "try", "-f", "how=abort", "--key", "A1"];
    assert_eq!(hongling(&folder, &act).0, None, "the host is killed by a signal");
    let (code, _) = hongling(&folder, &act);
    assert_eq!(code, Some(1), "called apart it dies twice more, is parked, and the host lives");
    let said = story.told(
        r#"
parked
act TR2026-000002 try {"how": "well"}
act odd start {"place": "西苑小区"}
act SQ2026-000001 agenda by ma-aizhen {"session": "2026-03-03"}
"#,
    );
    expect![[r#"
        > parked
          1 odd try matter 2 try 3 parked: its process died 3 times in this step
        > act TR2026-000002 try
          refused 事项正在处理中，请稍后再试；若长时间如此，请管理员查看“异常待处理”
        > act odd start
          done TR2026-000003 捣乱台/等待
        > act SQ2026-000001 agenda by ma-aizhen
          done SQ2026-000001 红领议事厅/已列入议题
    "#]]
    .assert_eq(&said);
    // I4: the journal run again does not die of that step, and parks it as it was parked.
    let mut empty = Story::new();
    empty.tell(ODD_AND_EVEN);
    empty.tell("at 2026-03-02 09:10");
    super::replayed::check(&mut story, &mut empty);
}
