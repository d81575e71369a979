//! Lists and counts look through the matters a bounded number at a time, so that none holds the log up,
//! and still see each once.

use plugin_api::{MatterFilter, MatterId};
use rusqlite::Connection;

use super::jobs_story;

/// Matters on both sides of every border between two looks, made by hand in the store.
#[test]
fn every_matter_is_seen_once() {
    let mut story = jobs_story();
    story.tell("act till start {\"place\": \"西苑小区\"}");
    story.stop();
    let ids = [2, 8_191, 8_192, 8_193, 16_383, 16_384, 16_385, 16_386, 30_000, 40_000];
    {
        let db = Connection::open(story.folder().join("data/hongling.db")).unwrap();
        for id in ids {
            let sql = format!(
                "insert into matter select {id}, desk, status, stage, kind, marks, place, 0,
                 replace(replace(head, '\"id\":1,', '\"id\":{id},'), '000001', '{id:06}'), notes from matter where id = 1;
                 insert into words select {id}, body from words where matter = 1;"
            );
            db.execute_batch(&sql).unwrap();
        }
    }
    let reader = story.running().unwrap().engine.store().reader();
    let mut all: Vec<u64> = ids.into_iter().chain([1]).collect();
    all.sort_unstable_by_key(|id| std::cmp::Reverse(*id));
    let list = |filter: &MatterFilter| -> Vec<u64> {
        let found = reader.matters(filter, &|_| true).unwrap();
        found.iter().map(|stored| serde_json::from_str::<hongling::matter::Head>(&stored.head).unwrap().id.0).collect()
    };
    assert_eq!(list(&MatterFilter::default()), all);
    for limit in 1..=all.len() {
        let mut found = Vec::new();
        loop {
            let before = found.last().copied().map(MatterId);
            let page = list(&MatterFilter { limit: Some(limit as u32), before, ..MatterFilter::default() });
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        assert_eq!(found, all, "{limit} a page");
    }
    let count = reader.count(&MatterFilter::default(), &|_| true, &|head| head.desk.to_string()).unwrap();
    assert_eq!(count.into_iter().collect::<Vec<_>>(), [("till".to_owned(), all.len() as u64)]);
    assert_eq!(list(&MatterFilter { desk: Some("fund".into()), ..MatterFilter::default() }), [0_u64; 0]);
}
