//! Jobs of desks in processes of their own: what they ask is answered over the border, and what one does
//! there costs that try alone (I8).

use expect_test::expect;

use super::jobs_story;
use crate::story::Story;

/// Every desk that works, isolated.
fn apart() -> Story {
    let mut story = jobs_story();
    let file = story.folder().join("hongling.toml");
    let mut text = std::fs::read_to_string(&file).unwrap();
    for library in ["misbehaving", "bookkeeping"] {
        let library = format!("library = \"{library}\"\n");
        assert_eq!(text.matches(&library).count(), 2);
        text = text.replace(&library, &format!("{library}isolated = true\n"));
    }
    std::fs::write(&file, text).unwrap();
    story.tell("reopen");
    story
}

/// Page by page over the border, it comes to what it comes to in this process, for its matter and its desk.
#[test]
fn a_job_comes_to_the_same() {
    let mut facts = String::new();
    for n in 0..250 {
        facts.push_str(&format!("act till put {{\"key\": \"f{n:03}\", \"count\": {n}}}\n"));
    }
    let seen = |mut story: Story| {
        story.tell(&facts);
        story.take_said();
        let seen = story.told(
            r#"
act till start {"place": "西苑小区"}
act BK2026-000001 tally {"prefix": "f1"}
act till tally-all
act till ask-later {"question": "{\"records\":{\"collection\":\"fact\",\"range\":{\"prefix\":\"f24\",\"limit\":2}}}"}
tick 2026-03-02 09:11
jobs
parked
"#,
        );
        let answers = story.state().into_iter().filter(|row| row.starts_with("record till answer "));
        let said: Vec<String> =
            answers.filter_map(|row| Some(row.split_once(' ')?.1.split_once('{')?.1.to_owned())).collect();
        (story, seen, said)
    };
    let (_, here, said_here) = seen(jobs_story());
    let (mut story, over_there, said) = seen(apart());
    assert_eq!((over_there, &said), (here, &said_here));
    expect![[r#"
        "said":"100 facts, 14950 in all, told on BK2026-000001"}
        "said":"250 facts, 31125 in all, told on the desk"}
        "said":"[[\"f240\",{\"count\":240}],[\"f241\",{\"count\":241}]]"}"#]]
    .assert_eq(&said.join("\n"));
    // I4: a run again starts no process for any of it.
    crate::recovery::replayed::check(&mut story, &mut apart());
}

/// A try that kills its process is one failure: the others go on in the next process, and so does the
/// desk's every step, whose process is another.
#[test]
fn a_job_that_kills_its_process_costs_a_try() {
    let mut story = apart();
    let said = story.told(
        r#"
act odd start {"place": "西苑小区"}
act TR2026-000001 try {"how": "toil:abort"}
act TR2026-000001 try {"how": "toil:then-remember"}
act TR2026-000001 try {"how": "toil:panic"}
act TR2026-000001 try {"how": "toil:huge"}
act TR2026-000001 try {"how": "toil:twice"}
tick 2026-03-02 09:10
parked
act TR2026-000001 try {"how": "remember"}
tick 2026-03-02 10:00
parked
retry 3
tick 2026-03-02 10:01
parked
show TR2026-000001
"#,
    );
    expect![[r#"
        > act odd start
          done TR2026-000001 捣乱台/等待
        > act TR2026-000001 try
          done TR2026-000001 捣乱台/等待
        > act TR2026-000001 try
          done TR2026-000001 捣乱台/等待
        > act TR2026-000001 try
          done TR2026-000001 捣乱台/等待
        > act TR2026-000001 try
          done TR2026-000001 捣乱台/等待
        > act TR2026-000001 try
          done TR2026-000001 捣乱台/等待
        > tick 2026-03-02 09:10
          1 were due
        > parked
          3 odd work toil matter 1 try 1 again 03-02 09:10: ended its process: signal 6
          8 odd work toil matter 1 try 1 again 03-02 09:10: panicked: panics in a job
          10 odd work toil matter 1 try 1 again 03-02 09:10: its output of 2097162 bytes is longer than the limit of 1048576
          12 odd work toil matter 1 try 1 again 03-02 09:10: fails at try 1
        > act TR2026-000001 try
          done TR2026-000001 捣乱台/等待
        > tick 2026-03-02 10:00
          14 were due
        > parked
          3 odd work toil matter 1 try 5 parked: ended its process: signal 6
          8 odd work toil matter 1 try 5 parked: panicked: panics in a job
          10 odd work toil matter 1 try 5 parked: its output of 2097162 bytes is longer than the limit of 1048576
        > retry 3
          done
        > tick 2026-03-02 10:01
          3 were due
        > parked
          3 odd work toil matter 1 try 3 again 03-02 10:01: ended its process: signal 6
          8 odd work toil matter 1 try 5 parked: panicked: panics in a job
          10 odd work toil matter 1 try 5 parked: its output of 2097162 bytes is longer than the limit of 1048576
        > show TR2026-000001
          TR2026-000001 试验
            西苑小区 · open · 捣乱台/已做
            labels mark=half a step
            03-02 09:10 host opened
            03-02 09:10 odd 记下 how=remember
            03-02 09:10 odd 记下 how=remember
            03-02 09:10 odd 记下 how=well
    "#]].assert_eq(&said);
    crate::recovery::replayed::check(&mut story, &mut apart());
}
