//! The store itself holds the ledger: what is booked stands, and what was changed behind its back is
//! named.

use expect_test::expect;
use rusqlite::Connection;

use super::{ledger_story, problems, told};
use crate::program::{hongling, hongling_json};
use crate::story::Story;

/// A ledger of a few transfers, and a second connection to its store; the host is stopped.
fn booked() -> (Story, Connection) {
    let mut story = ledger_story();
    let said = told(
        &mut story,
        "till book K1 outside -> common@ 500; K2 common@ -> reserve(text:roof) 200\n\
         till book P1 issued -> member(person:ma-aizhen, 2026/home) 7\ntill undo K2",
    );
    assert!(!said.contains("refused") && !said.contains("failed"), "{said}");
    story.stop();
    let db = Connection::open(story.folder().join("data/hongling.db")).unwrap();
    (story, db)
}

/// I6: the triggers refuse what the host would never write.
#[test]
fn the_store_refuses_what_does_not_fit() {
    let (mut story, db) = booked();
    let refused = [
        "update transfer set amount = 1 where id = 1",
        "update transfer set memo = 'other' where id = 1",
        "delete from transfer where id = 1",
        "delete from account where id = 1",
        "update account set unit = (select id from name where text = 'points') where id = 1",
        "update account set key = 'place:elsewhere' where id = 2",
        "update account set balance = -1 where id = 1",
        "update account set balance = 'much' where id = 1",
        "insert into account (desk, class, key, part, unit, overdraw, balance) values (1, 1, 'x', '', 1, 0, -1)",
        // Between two units; to an account that is not there; of nothing; to itself; a second reversal.
        "insert into transfer (desk, key, debit, credit, amount, date, input, at, row) values (1, 'X', 1, 4, 5, '2026-03-02', 1, 1, 1)",
        "insert into transfer (desk, key, debit, credit, amount, date, input, at, row) values (1, 'X', 1, 99, 5, '2026-03-02', 1, 1, 1)",
        "insert into transfer (desk, key, debit, credit, amount, date, input, at, row) values (1, 'X', 1, 2, 0, '2026-03-02', 1, 1, 1)",
        "insert into transfer (desk, key, debit, credit, amount, date, input, at, row) values (1, 'X', 1, 2, 0.5, '2026-03-02', 1, 1, 1)",
        "insert into transfer (desk, key, debit, credit, amount, date, input, at, row) values (1, 'X', 1, 1, 5, '2026-03-02', 1, 1, 1)",
        "insert into transfer (desk, key, debit, credit, amount, date, input, at, row, reverses)
         select desk, 'X', credit, debit, amount, date, 1, 1, 1, id from transfer where key = 'K2'",
        "insert into transfer (desk, key, debit, credit, amount, date, input, at, row, reverses)
         select desk, 'X', credit, debit, amount - 1, date, 1, 1, 1, id from transfer where key = 'K1'",
        "insert into transfer (desk, key, debit, credit, amount, date, input, at, row, reverses)
         select desk, 'X', credit, debit, amount, date, 1, 1, 1, id from transfer where key = 'K2-undone'",
    ];
    let mut said = String::new();
    for sql in refused {
        let error = db.execute(sql, []).expect_err(sql);
        said.push_str(&format!("{error}\n"));
    }
    expect![[r#"
        a transfer stands
        a transfer stands
        a transfer stands
        an account stays
        an account stays what it is
        an account stays what it is
        an account would be overdrawn
        a balance is a whole number
        an account would be overdrawn
        a transfer is between two accounts of one unit
        a transfer is between two accounts of one unit
        CHECK constraint failed: typeof(amount) = 'integer' and 0 < amount
        CHECK constraint failed: typeof(amount) = 'integer' and 0 < amount
        CHECK constraint failed: debit <> credit
        UNIQUE constraint failed: transfer.reverses
        a reversal is the mirror of another transfer
        a reversal is the mirror of another transfer
    "#]]
    .assert_eq(&said);
    assert_eq!(problems(&mut story), Vec::<String>::new());
}

/// Somebody with the file and without the triggers changes it: each lie is named.
#[test]
fn what_was_changed_is_named() {
    let lies = [
        "update account set balance = balance + 1 where id = 2",
        "update account set balance = balance - 1 where id = 1; update account set balance = balance + 1 where id = 2",
        "update transfer set amount = amount + 1 where key = 'K1'",
        "delete from transfer where key = 'P1'",
        "delete from account where id = 4",
        "update transfer set credit = 4 where key = 'K1'",
        "update transfer set amount = 199 where key = 'K2-undone'",
        "update account set overdraw = 0",
    ];
    let mut said = String::new();
    for lie in lies {
        let (mut story, db) = booked();
        let triggers: Vec<String> = db
            .prepare("select name from sqlite_master where type = 'trigger'")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        for trigger in triggers {
            db.execute_batch(&format!("drop trigger {trigger}")).unwrap();
        }
        db.execute_batch(lie).unwrap();
        said.push_str(&format!("{lie}\n"));
        for problem in problems(&mut story) {
            said.push_str(&format!("  {problem}\n"));
        }
    }
    expect![[r#"
        update account set balance = balance + 1 where id = 2
          account till/outside holds -499, and its transfers give -500
          all accounts in CNY add up to 1, not to 0
        update account set balance = balance - 1 where id = 1; update account set balance = balance + 1 where id = 2
          account till/common(place:daguan/linghu/huamao/xiyuan) holds 499, and its transfers give 500
          account till/outside holds -499, and its transfers give -500
        update transfer set amount = amount + 1 where key = 'K1'
          account till/common(place:daguan/linghu/huamao/xiyuan) holds 500, and its transfers give 501
          account till/outside holds -500, and its transfers give -501
        delete from transfer where key = 'P1'
          account till/issued holds -7, and its transfers give 0
          account till/member(person:ma-aizhen, 2026/home) holds 7, and its transfers give 0
        delete from account where id = 4
          transfer 3 names an account that is not there
          all accounts in points add up to 7, not to 0
        update transfer set credit = 4 where key = 'K1'
          transfer 1 moves CNY to an account in points
          account till/common(place:daguan/linghu/huamao/xiyuan) holds 500, and its transfers give 0
          account till/issued holds -7, and its transfers give 493
        update transfer set amount = 199 where key = 'K2-undone'
          transfer 4 reverses another and is not its mirror
          account till/common(place:daguan/linghu/huamao/xiyuan) holds 500, and its transfers give 499
          account till/reserve(text:roof) holds 0, and its transfers give 1
        update account set overdraw = 0
          account till/issued holds -7 and may not be overdrawn
          account till/outside holds -500 and may not be overdrawn
    "#]]
    .assert_eq(&said);
}

/// What `audit verify` says of a row, a transfer, a page and a guard that somebody was at: all of it, each
/// by name, in the order of what to look at first.
#[test]
fn the_command_names_them_all() {
    let mut story = ledger_story();
    story.tell("open {\"title\": \"停水了\", \"place\": \"西苑小区\"}");
    told(&mut story, "till book K1 outside -> common@ 500");
    story.become_exercise();
    let folder = story.folder();
    let dir = folder.to_str().unwrap();
    let (code, report) = hongling_json(&["audit", dir, "verify"]);
    assert_eq!((code, &report["file_checked"]), (Some(0), &true.into()), "{report}");

    let file = folder.join("data/hongling.db");
    let db = Connection::open(&file).unwrap();
    db.execute_batch(
        "drop trigger transfer_fixed; drop trigger event_fixed; update transfer set amount = 501;
         update event set at = at + 1 where seq = (select last from matter where id = 1)",
    )
    .unwrap();
    let number = |sql: &str| db.query_row(sql, [], |row| row.get::<_, usize>(0)).unwrap();
    let (row, page) = (
        number("select last from matter where id = 1"),
        number("select rootpage from sqlite_schema where name = 'transfer_credit'"),
    );
    drop(db);
    let mut bytes = std::fs::read(&file).unwrap();
    let day = (4_096 * (page - 1)..).find(|at| bytes[*at..].starts_with(b"2026-03-02")).unwrap();
    bytes[day + 9] = b'3';
    std::fs::write(&file, bytes).unwrap();

    let (code, report) = hongling_json(&["audit", dir, "verify"]);
    assert_eq!(code, Some(1));
    let mut said = String::new();
    for misfit in report["misfits"].as_array().unwrap() {
        let at = ["seq", "matter", "name"].map(|name| misfit[name].to_string());
        said.push_str(&format!("{} {}\n", at.join(" "), misfit["what"]["en"].as_str().unwrap()));
    }
    expect![[r#"
        ROW 1 "sorted" does not give its seal: it, or the seal of the row before it, was changed
        6 null "book" what was booked in it is not what was sealed: a transfer was changed, put in or taken out
        null null null the database's file is damaged: row 1 missing from index transfer_credit; take a backup back with `hongling restore`
        null null null the ledger does not add up: account till/common(place:daguan/linghu/huamao/xiyuan) holds 500, and its transfers give 501
        null null null the ledger does not add up: account till/outside holds -500, and its transfers give -501
        null null null table or guard "event_fixed" is not as this program makes it: somebody was at the database
        null null null table or guard "transfer_fixed" is not as this program makes it: somebody was at the database
    "#]].assert_eq(&said.replacen(&format!("{row} "), "ROW ", 1));
    let table = String::from_utf8(hongling(&["audit", dir, "verify"]).stdout).unwrap();
    let named = table.lines().find(|line| line.trim_start().starts_with(&format!("{row} "))).unwrap();
    assert!(named.contains("SQ2026-000001") && named.contains("does not give its seal"), "{table}");
}
