//! The ends of the whole numbers, and what must never be booked.

use jiff::civil::date;

use super::{AccountName, Entry, Held, Ledger, Moved, NotBooked, check_moved, check_reversal};

fn name(class: &str) -> AccountName {
    AccountName { desk: "till".into(), class: class.into(), of: "".into(), part: "".into() }
}

fn entry(amount: i64, debit: &str, credit: &str) -> Entry {
    Entry {
        desk: "till".into(),
        key: "K1".into(),
        debit: name(debit),
        credit: name(credit),
        amount,
        date: date(2026, 3, 2),
        memo: None,
        reverses: None,
    }
}

/// `outside` may be overdrawn, `box` may not, `points` counts in something else.
fn ledger(outside: i64, inside: i64) -> Ledger {
    let mut ledger = Ledger::default();
    for (class, unit, may_overdraw, balance) in
        [("outside", "CNY", true, outside), ("box", "CNY", false, inside), ("points", "points", true, 0)]
    {
        ledger.put(name(class), Held { unit: unit.into(), may_overdraw, balance });
    }
    ledger
}

fn booked(mut ledger: Ledger, entry: &Entry) -> String {
    let before: Vec<i64> = ["outside", "box"].map(|class| ledger.get(&name(class)).unwrap().balance).into();
    let said = match ledger.book(entry) {
        Ok(()) => "booked".to_owned(),
        Err(NotBooked::Wrong(text)) => text,
        Err(NotBooked::Overdrawn { balance, unit }) => format!("only {balance} {unit}"),
    };
    let after: Vec<i64> = ["outside", "box"].map(|class| ledger.get(&name(class)).unwrap().balance).into();
    if said != "booked" {
        assert_eq!(before, after, "{said}");
    }
    format!("{said}: {after:?}")
}

/// I6: whatever the amount, both sides move or none does, and nothing wraps around.
#[test]
fn the_ends_of_whole_numbers() {
    let check = |outside: i64, inside: i64, entry: &Entry, expected: &str| {
        assert_eq!(booked(ledger(outside, inside), entry), expected);
    };
    check(0, 0, &entry(i64::MAX, "outside", "box"), "booked: [-9223372036854775807, 9223372036854775807]");
    check(
        -i64::MAX,
        i64::MAX,
        &entry(i64::MAX, "outside", "box"),
        "transfer \"K1\" of 9223372036854775807 would leave the range of whole numbers: [-9223372036854775807, 9223372036854775807]",
    );
    check(-1, 1, &entry(i64::MAX, "box", "outside"), "only 1 CNY: [-1, 1]");
    check(
        i64::MAX,
        5,
        &entry(5, "box", "outside"),
        "transfer \"K1\" of 5 would leave the range of whole numbers: [9223372036854775807, 5]",
    );
    check(0, 0, &entry(0, "outside", "box"), "transfer \"K1\" moves 0, not at least 1: [0, 0]");
    check(0, 9, &entry(-1, "box", "outside"), "transfer \"K1\" moves -1, not at least 1: [0, 9]");
    check(
        0,
        9,
        &entry(i64::MIN, "box", "outside"),
        "transfer \"K1\" moves -9223372036854775808, not at least 1: [0, 9]",
    );
    check(0, 9, &entry(9, "box", "outside"), "booked: [9, 0]");
    check(0, 9, &entry(10, "box", "outside"), "only 9 CNY: [0, 9]");
    check(0, 9, &entry(1, "box", "points"), "transfer \"K1\" moves CNY to an account in points: [0, 9]");
    check(0, 9, &entry(1, "box", "box"), "transfer \"K1\" goes from till/box to itself: [0, 9]");
    check(0, 9, &entry(1, "box", "attic"), "transfer \"K1\" names an account that is not there: [0, 9]");
}

/// An account that fell below zero while its class let it may rise again, and fall no further.
#[test]
fn an_account_below_zero_may_only_rise() {
    let check = |entry: &Entry, expected: &str| assert_eq!(booked(ledger(7, -7), entry), expected);
    check(&entry(1, "box", "outside"), "only -7 CNY: [7, -7]");
    check(&entry(1, "outside", "box"), "booked: [6, -6]");
}

#[test]
fn a_reversal_is_a_mirror_once() {
    let given = entry(5, "outside", "box");
    let mirror = Entry { key: "K2".into(), reverses: Some("K1".into()), ..entry(5, "box", "outside") };
    let said = |entry: &Entry, undone: Option<&Entry>, is_undone: bool| match check_reversal(entry, undone, is_undone) {
        Err(NotBooked::Wrong(text)) => text,
        other => format!("{other:?}"),
    };
    assert_eq!(said(&mirror, Some(&given), false), "Ok(())");
    assert_eq!(said(&mirror, None, false), "there is no transfer \"K1\" to reverse");
    assert_eq!(said(&mirror, Some(&given), true), "transfer \"K1\" has been reversed before");
    assert_eq!(said(&mirror, Some(&mirror), false), "transfer \"K1\" is itself a reversal, which stands");
    for off in [
        Entry { amount: 4, ..mirror.clone() },
        Entry { debit: name("points"), ..mirror.clone() },
        Entry { debit: name("outside"), credit: name("box"), ..mirror.clone() },
    ] {
        assert_eq!(said(&off, Some(&given), false), "transfer \"K2\" does not mirror \"K1\"");
    }
}

#[test]
fn accounts_move_by_what_is_transferred() {
    let entries = [entry(5, "outside", "box"), entry(i64::MAX, "outside", "attic")];
    let moved = |after: i64| {
        [
            Moved { name: name("outside"), before: 4, after: -1 },
            Moved { name: name("box"), before: i64::MAX - 5, after },
        ]
    };
    assert_eq!(check_moved(&moved(i64::MAX), entries[..1].iter()), Ok(()));
    assert_eq!(
        check_moved(&moved(i64::MAX - 1), entries[..1].iter()).unwrap_err(),
        "I6: account till/box went from 9223372036854775802 to 9223372036854775806, and its transfers give 5"
    );
    assert_eq!(
        check_moved(&moved(i64::MAX), entries.iter()).unwrap_err(),
        "I6: account till/outside went from 4 to -1, and its transfers give -9223372036854775812"
    );
    let unmoved = check_moved(&moved(i64::MAX)[..1], entries[..1].iter());
    assert_eq!(unmoved.unwrap_err(), "I6: account till/box did not move, and its transfers give 5");
}
