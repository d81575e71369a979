//! I4: the journal's inputs, run on an empty store, give the same rows.

use expect_test::expect;
use hongling::engine::Engine;
use hongling::store::JournalInput;

use super::{FLOW, flow_story, put};
use crate::story::Story;

/// Every input of the journal, page by page.
pub fn inputs(engine: &Engine) -> Vec<JournalInput> {
    let mut inputs: Vec<JournalInput> = Vec::new();
    loop {
        let last = inputs.last().map_or(0, |input| input.seq);
        let page = engine.store().reader().inputs(last).unwrap();
        if page.is_empty() {
            return inputs;
        }
        inputs.extend(page);
    }
}

/// Runs the inputs of one story on the empty store of another.
pub fn check(told: &mut Story, empty: &mut Story) {
    let given = inputs(&told.running().unwrap().engine);
    assert!(empty.state().is_empty(), "the store is empty");
    let differences = empty.running().unwrap().engine.run_again(given).unwrap();
    assert!(differences.is_empty(), "{differences:?}");
    let (expected, found) = (told.state(), empty.state());
    for (line, (expected, found)) in expected.iter().zip(&found).enumerate() {
        assert_eq!(found, expected, "line {line}");
    }
    assert_eq!(found.len(), expected.len());
}

#[test]
fn acts_clocks_retries_and_moves_give_the_same_again() {
    let mut told = flow_story();
    put(&mut told, &FLOW, 0);
    let said = told.told(
        r#"
move SQ2026-000003 council
retry 1
tick 2026-03-20 08:00
act SQ2026-000002 sign-for by gao-zhonghe
act odd start by ma-aizhen {"place": "西苑小区", "how": "refuse"}
act odd start by ma-aizhen {"place": "西苑小区", "how": "panic"}
tick 2026-04-20 08:00
"#,
    );
    // The flow must hold what it is there for.
    let kinds = ["done", "refused", "failed", "were due"];
    assert!(kinds.iter().all(|kind| said.contains(kind)), "{said}");
    check(&mut told, &mut flow_story());
}

/// A stop and start in between is nothing that the inputs know of.
#[test]
fn a_restart_leaves_no_trace() {
    let mut told = flow_story();
    put(&mut told, &FLOW[..7], 0);
    told.stop();
    put(&mut told, &FLOW[7..], 7);
    told.stop();
    told.tell("tick 2026-03-20 08:00");
    check(&mut told, &mut flow_story());
}

/// The journal names a kept step by its number, so no number is given twice, whatever stops between.
#[test]
fn a_kept_step_keeps_its_number_over_a_restart() {
    let mut told = flow_story();
    let said = told.told(
        r#"
act odd start {"place": "西苑小区"}
act TR2026-000001 try {"how": "hand:fail"}
move TR2026-000001 odd
retry 1
parked
reopen
act odd start {"place": "西苑小区", "how": "fail"}
retry 2
parked
"#,
    );
    expect![[r#"
        > act odd start
          done TR2026-000001 捣乱台/等待
        > act TR2026-000001 try
          done TR2026-000001 下家/等待
        > move TR2026-000001 odd
          done TR2026-000001 捣乱台/等待
        > retry 1
          done TR2026-000001 捣乱台/等待
        > parked
          nothing
        > act odd start
          failed fails in a step
        > retry 2
          failed fails in a step
        > parked
          2 odd start matter - try 1 again 03-02 09:10: fails in a step
    "#]]
    .assert_eq(&said);
    check(&mut told, &mut flow_story());
}
