//! I4: whatever somebody does to the journal behind the host's back is found and located, and an
//! outsider finds it too.

mod attacks;
mod erased;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use expect_test::expect;
use hongling::audit::kept::{KeptHead, find_heads};
use hongling::audit::verify::{Report, verify};
use hongling::store::open_reading;

use crate::contract::ODD_AND_EVEN;
use crate::program::{hongling, hongling_json};
use crate::scratch::Scratch;
use crate::story::Story;
use crate::tidy::source::root;

/// A journal of some hundred rows with every sort of row in it, of a host that has ended.
pub fn journal() -> Story {
    let mut story = Story::new();
    story.tell(ODD_AND_EVEN);
    story.tell("at 2026-03-02 09:10");
    for nth in 0..24 {
        story.tell(&format!(
            r#"open {{"title": "{nth}幢门口路灯不亮，请打13812345678", "place": "西苑小区", "contact": "199000013{nth:02}"}}"#
        ));
    }
    story.tell(
        r#"
act SQ2026-000001 agenda by ma-aizhen {"session": "2026-03-03"}
act odd start {"place": "西苑小区"}
act TR2026-000025 try {"how": "hand:fail"}
retry 1
move SQ2026-000003 station
tick 2026-03-20 08:00
"#,
    );
    story.stop();
    story
}

/// Verifies a data folder against kept heads.
pub fn verified(data: &Path, kept: &[KeptHead]) -> Report {
    verify(open_reading(data).unwrap().reader(), kept).unwrap()
}

#[test]
fn a_journal_that_nobody_touched_fits() {
    let story = journal();
    let data = story.folder().join("data");
    let report = verified(&data, &[]);
    assert!(report.misfits.is_empty(), "{:?}", report.misfits);
    assert_eq!(report.inputs + report.events, report.seq);
    assert!(100 < report.seq, "there are rows enough: {}", report.seq);
    let head = KeptHead { seq: report.seq, seal: report.seal };
    let again = verified(&data, &[head]);
    assert_eq!((again.heads, again.misfits.len()), (1, 0));
}

/// What `audit head` prints is what `audit verify` takes, as a line and as JSON, and a day later.
#[test]
fn a_head_is_kept_and_compared_later() {
    let mut story = journal();
    story.become_exercise();
    let (folder, kept) = (story.folder(), story.folder().join("kept.txt"));
    let dir = folder.to_str().unwrap();
    let line = hongling(&["audit", dir, "head"]).stdout;
    let (_, json) = hongling_json(&["audit", dir, "head"]);
    std::fs::write(&kept, [line.clone(), json.to_string().into_bytes()].concat()).unwrap();
    assert_eq!(find_heads(&std::fs::read_to_string(&kept).unwrap()).len(), 2);
    let line = String::from_utf8(line).unwrap();
    let seq = json["seq"].as_u64().unwrap();
    let told = story.shorten(&line).replace(&format!(" {seq}:"), " SEQ:").replace(&last_shown(&json), "TIME");
    expect![[r#"
        Daguan District · TIME · epoch 1 · SEQ:<sha256>
    "#]]
    .assert_eq(&told);
    story.tell("at 2026-03-21 08:00\nopen {\"title\": \"停水了\", \"place\": \"西苑小区\"}");
    story.stop();
    let (code, report) = hongling_json(&["audit", dir, "verify", "--head", kept.to_str().unwrap()]);
    assert_eq!((code, &report["heads"]), (Some(0), &2.into()), "{report}");
    // One of another district.
    let other = format!("{seq}:{}", "ab".repeat(32));
    let (code, report) = hongling_json(&["audit", dir, "verify", "--head", &other]);
    assert_eq!((code, &report["misfits"][0]["seq"]), (Some(1), &seq.into()), "{report}");
    assert_eq!(hongling(&["audit", dir, "verify", "--head", "nonsense"]).status.code(), Some(2));
}

/// The instant of the last row, as the district's clocks show it.
fn last_shown(head: &serde_json::Value) -> String {
    let at: jiff::Timestamp = head["at"].as_str().unwrap().parse().unwrap();
    at.in_tz("Asia/Shanghai").unwrap().strftime("%Y-%m-%d %H:%M").to_string()
}

/// An export with words, as a file.
pub fn export(folder: &Path, out: &Path) -> Vec<u8> {
    let args = ["audit", folder.to_str().unwrap(), "export", "--words", "--out", out.to_str().unwrap()];
    let done = hongling(&args);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    std::fs::read(out).unwrap()
}

/// The checker an outsider would write, in another language: nothing, or what it finds.
pub fn check(file: &Path, heads: &[&str]) -> Option<Result<(), String>> {
    let checker: PathBuf = root().join("tests/check_journal.py");
    let done = Command::new("python3").arg(checker).arg(file).args(heads).output();
    let Ok(done) = done else {
        assert!(std::env::var_os("CI").is_none(), "python3 is missing, and this is where it must be tried");
        // Not `eprintln!`, which the test harness keeps to itself.
        let _ = writeln!(std::io::stderr(), "SKIPPED an outsider's check of the journal: python3 is missing");
        return None;
    };
    Some(if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stderr).into_owned()) })
}

#[test]
fn an_outsider_verifies_an_export_and_finds_a_changed_byte() {
    let mut story = journal();
    story.become_exercise();
    let scratch = Scratch::new();
    let whole = scratch.path().join("journal.jsonl");
    let bytes = export(&story.folder(), &whole);
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(!text.contains("13812345678") && !text.contains("19900001301"), "I10: no number leaves");
    let (_, head) = hongling_json(&["audit", story.folder().to_str().unwrap(), "head"]);
    let head = head["head"].as_str().unwrap();
    let Some(found) = check(&whole, &[head]) else { return };
    assert_eq!(found, Ok(()));
    // A head of another district, one from before everything was written anew, and one that was cut off.
    let (last, seal) = head.split_once(':').unwrap();
    let after = last.parse::<u64>().unwrap() + 1;
    for wrong in [format!("{last}:{}", "ab".repeat(32)), format!("7:{seal}"), format!("{after}:{seal}")] {
        assert_eq!(check(&whole, &[head, &wrong]).unwrap(), Err(format!("does not fit the head {wrong}\n")));
    }
    let rows = text.find('\n').unwrap() + 1;
    let changed = scratch.path().join("changed.jsonl");
    for nth in 0..60 {
        let at = rows + (text.len() - rows) * nth / 60;
        let mut bytes = bytes.clone();
        // A blank or a line's end may change without changing what is said.
        let at = (at..).find(|at| bytes[*at].is_ascii_alphanumeric()).unwrap();
        bytes[at] = if bytes[at] == b'7' { b'3' } else { b'7' };
        std::fs::write(&changed, &bytes).unwrap();
        let line = 1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count();
        assert!(check(&changed, &[]).unwrap().is_err(), "byte {at} in line {line} is changed and not found");
    }
    let cut = &text[..text.trim_end().rfind('\n').unwrap() + 1];
    std::fs::write(&changed, cut).unwrap();
    assert_eq!(check(&changed, &[]).unwrap(), Err("has no last line\n".to_owned()));
}
