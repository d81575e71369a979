//! Times of closed matters.

use expect_test::expect;
use plugin_api::{Matter, MatterId, PlaceId, Status};

use super::super::ways::Way;
use super::Time;
use crate::store::JournalEvent;

/// A matter that was opened at 0 and closed after some minutes, or is open.
fn way(minutes: Option<i64>) -> Way {
    let matter = Matter {
        id: MatterId(1),
        number: "SQ1970-000001".to_owned(),
        kind: "request".to_owned(),
        desk: "here".to_owned(),
        stay: 1,
        stage: "in".to_owned(),
        status: if minutes.is_some() { Status::Closed } else { Status::Open },
        outcome: None,
        place: PlaceId::from("daguan"),
        opened: jiff::Timestamp::UNIX_EPOCH,
        labels: std::collections::BTreeMap::new(),
        holders: Vec::new(),
        reporters: Vec::new(),
        links: Vec::new(),
        worst: None,
        title: String::new(),
        text: String::new(),
        address: None,
        position: None,
        reported_at: None,
        channel: None,
        source: None,
        due: None,
        lamp: None,
    };
    let closed = minutes.map(|minutes| JournalEvent {
        seq: 2,
        input: 1,
        at_ms: minutes * 60_000,
        matter: 1,
        stay: 1,
        topic: "closed".to_owned(),
        desk: "host".to_owned(),
        by: None,
        route: None,
        facts: None,
        data: None,
    });
    Way { matter, events: closed.into_iter().collect(), ran_out: 0 }
}

#[test]
fn medians() {
    let shown = [vec![], vec![None], vec![Some(5)], vec![Some(9), None, Some(4)], vec![Some(9), Some(2), Some(4)]].map(
        |minutes| {
            let ways: Vec<Way> = minutes.iter().map(|minutes| way(*minutes)).collect();
            let time = Time::of(ways.iter());
            format!(
                "{minutes:?}: {} closed, median {}, longest {}",
                time.closed, time.median_minutes, time.longest_minutes
            )
        },
    );
    expect![[r#"
        []: 0 closed, median 0, longest 0
        [None]: 0 closed, median 0, longest 0
        [Some(5)]: 1 closed, median 5, longest 5
        [Some(9), None, Some(4)]: 2 closed, median 6, longest 9
        [Some(9), Some(2), Some(4)]: 3 closed, median 4, longest 9"#]]
    .assert_eq(&shown.join("\n"));
}
