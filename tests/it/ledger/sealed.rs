//! I4, I6: what was booked is sealed. Whoever has the file may change a transfer, and the balances with
//! it so that all of it adds up; it is found all the same, and located.

use hongling::audit::kept::KeptHead;
use hongling::store::open_reading;
use rusqlite::Connection;

use super::{ledger_story, row, told};
use crate::scratch::Scratch;
use crate::seals::{check, export, verified};
use crate::story::Story;

/// Transfers that an action booked, one that undid another, and those of a watcher: at once, and at
/// another try. The host is stopped.
fn booked() -> Story {
    let mut story = ledger_story();
    let said = told(
        &mut story,
        "till book K1 outside -> common@ 500; K2 common@ -> reserve(text:roof) 200 for 屋面\n\
         till book P1 issued -> member(person:ma-aizhen, 2026/home) 7\ntill undo K2\n\
         fund book F1 outside -> common@ 50\nact till start {\"place\": \"西苑小区\"}",
    );
    assert!(!said.contains("refused") && !said.contains("failed"), "{said}");
    for rows in ["F2 common@ -> outside 20; F3 outside -> common@ 5", "F4 common@ -> outside 300"] {
        let rows: Vec<_> = rows.split("; ").map(row).collect();
        let order = serde_json::json!({ "transfers": serde_json::Value::from(rows).to_string() });
        story.tell(&format!("act BK2026-000001 order {order}"));
    }
    // The last one was not covered, and is parked until there is enough.
    let said = told(&mut story, "parked\nfund book F5 outside -> common@ 900\nretry 1\nshow BK2026-000001");
    assert!(said.contains("1 fund ordered") && said.contains("host booked"), "{said}");
    story.stop();
    story
}

/// Attacks on a transfer, by its number. All balances are computed anew behind each.
const ATTACKS: [(&str, &str); 11] = [
    ("a larger amount", "update transfer set amount = amount + 1 where id = ID or reverses = ID or id = OTHER"),
    ("another day", "update transfer set date = date(date, '+1 day') where id = ID"),
    ("another memo", "update transfer set memo = coalesce(memo, '') || '。' where id = ID"),
    ("another key", "update transfer set key = key || 'x' where id = ID"),
    ("another instant", "update transfer set at = at + 1 where id = ID"),
    ("another input", "update transfer set input = input + 1 where id = ID"),
    ("another unit", "update name set text = 'USD' where id = (select a.unit from account a where a.id = DEBIT)"),
    ("another account", "update account set part = 'x' where id = DEBIT"),
    ("another row", "update transfer set row = row + 1 where id = ID"),
    ("taken out", "delete from transfer where id = ID or reverses = ID"),
    (
        "put in",
        "insert into transfer (desk, key, debit, credit, amount, date, input, at, row)
         select desk, 'more', debit, credit, 1, date, input, at, row from transfer where id = ID",
    ),
];

const BALANCES: &str = "update account set balance =
    (select coalesce(sum(amount), 0) from transfer where credit = account.id)
    - (select coalesce(sum(amount), 0) from transfer where debit = account.id)";

/// Somebody with the file: takes the guards away, does something, makes all balances fit, and puts the
/// guards back.
fn attack(db: &Connection, sql: &str) {
    let mut find = db.prepare("select name, sql from sqlite_schema where type = 'trigger'").unwrap();
    let guards: Vec<(String, String)> =
        find.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap();
    for (name, _) in &guards {
        db.execute_batch(&format!("drop trigger {name}")).unwrap();
    }
    db.execute_batch(&format!("{sql}; {BALANCES}")).unwrap_or_else(|error| panic!("{sql}: {error}"));
    guards.iter().for_each(|(_, sql)| db.execute_batch(sql).unwrap());
}

/// Every attack on every transfer is found, at the row it was booked in or at one before it.
#[test]
fn what_was_booked_is_sealed() {
    let story = booked();
    let data = story.folder().join("data");
    let report = verified(&data, &[]);
    assert!(report.misfits.is_empty(), "{:?}", report.misfits);
    assert_eq!(report.transfers, 9);
    let kept = KeptHead { seq: report.seq, seal: report.seal };
    let copy = Scratch::new();
    let mut unseen = 0;
    for id in 1..=report.transfers {
        for (name, sql) in ATTACKS {
            std::fs::copy(data.join("hongling.db"), copy.path().join("hongling.db")).unwrap();
            let db = Connection::open(copy.path().join("hongling.db")).unwrap();
            let number = |column: &str| -> i64 {
                let sql = format!("select coalesce({column}, 0) from transfer where id = {id}");
                db.query_row(&sql, [], |row| row.get(0)).unwrap()
            };
            let (sealed, other, debit) = (number("row"), number("reverses"), number("debit").to_string());
            let sql = sql.replace("OTHER", &other.to_string()).replace("DEBIT", &debit).replace("ID", &id.to_string());
            attack(&db, &sql);
            drop(db);
            let found = verified(copy.path(), &[kept]);
            let first = found.misfits.first().unwrap_or_else(|| panic!("{name} of transfer {id} is not found"));
            let at = first.seq.unwrap();
            assert!(0 < at && at <= sealed.cast_unsigned(), "{name} of transfer {id} in row {sealed}: {first:?}");
            assert!(first.what.en.contains("sealed") && found.heads == 1, "{name} of transfer {id}: {first:?}");
            let reading = open_reading(copy.path()).unwrap();
            assert_eq!(reading.reader().changed_schema().unwrap(), Vec::<String>::new());
            unseen += usize::from(reading.reader().check_ledger().unwrap().is_empty());
        }
    }
    // The control: the balances alone do not tell.
    assert!(60 < unseen, "only {unseen} of these add up");
}

/// What is booked behind the journal, with no row of it at all, is found too.
#[test]
fn a_transfer_of_no_row_is_found() {
    for at in ["-1", "0", "100000"] {
        let story = booked();
        let data = story.folder().join("data");
        let db = Connection::open(data.join("hongling.db")).unwrap();
        attack(
            &db,
            &format!(
                "insert into transfer (desk, key, debit, credit, amount, date, input, at, row)
                 select desk, 'more', debit, credit, 1, date, input, at, {at} from transfer where id = 1"
            ),
        );
        let report = verified(&data, &[]);
        assert_eq!(report.misfits.len(), 1, "row {at}: {:?}", report.misfits);
        assert!(
            report.misfits[0].what.en.contains("transfer 10 was not sealed with the row it names"),
            "{:?}",
            report.misfits
        );
    }
}

/// An outsider finds it in an export with words; one without them has no transfer in it.
#[test]
fn an_outsider_finds_a_changed_amount() {
    let mut story = booked();
    story.become_exercise();
    let scratch = Scratch::new();
    let file = scratch.path().join("journal.jsonl");
    let text = String::from_utf8(export(&story.folder(), &file)).unwrap();
    let Some(found) = check(&file, &[]) else { return };
    assert_eq!(found, Ok(()));
    for (before, after) in [
        ("\"amount\":500", "\"amount\":501"),
        ("\"memo\":\"屋面\"", "\"memo\":\"屋顶\""),
        ("\"reverses\":\"K2\"", "\"reverses\":\"K1\""),
    ] {
        assert_eq!(text.matches(before).count(), 1, "{before}");
        std::fs::write(&file, text.replace(before, after)).unwrap();
        let found = check(&file, &[]).unwrap().unwrap_err();
        assert!(found.contains("what was booked in it is not what was sealed"), "{found}");
    }
    let bare = crate::program::hongling(&["audit", story.folder().to_str().unwrap(), "export"]).stdout;
    let bare = String::from_utf8(bare).unwrap();
    assert!(bare.contains("\"booked\":") && !bare.contains("屋面") && !bare.contains("\"amount\":"), "{bare}");
}
