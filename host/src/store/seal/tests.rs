//! What was sealed once verifies for ever.

use std::sync::Arc;

use plugin_api::InputKind;

use super::{AccountName, Chain, Entry, EventRow, InputRow, Row, Seal, TRANSFER_FIELDS, TransferRow, WriteSet, booked};

fn input(seq: u64) -> InputRow {
    InputRow {
        seq,
        at_ms: 1_772_413_200_000,
        kind: InputKind::Act,
        by: Some("马爱珍".into()),
        desk: None,
        name: "report".into(),
        matter: None,
        config: 1,
        commitment: Some([0xab; 32]),
        original: None,
        booked: None,
        seal: Seal::NONE,
    }
}

fn event(seq: u64) -> EventRow {
    let desk: Arc<str> = "host".into();
    EventRow {
        seq,
        input: 1,
        at_ms: -5,
        matter: 7,
        stay: 1,
        topic: "opened".into(),
        desk,
        by: None,
        route: Some("".into()),
        facts: None,
        commitment: None,
        prev: 0,
        booked: None,
        seal: Seal::NONE,
    }
}

/// Money that came in, and its reversal.
fn transfers() -> [TransferRow; 2] {
    let account = |class: &str, of: &str| AccountName {
        desk: "till".into(),
        class: class.into(),
        of: of.into(),
        part: "".into(),
    };
    let (outside, common) = (account("outside", ""), account("common", "place:daguan"));
    let row = |key: &str, debit: &AccountName, credit: &AccountName, day: i8| TransferRow {
        entry: Arc::new(Entry {
            desk: "till".into(),
            key: key.into(),
            debit: debit.clone(),
            credit: credit.clone(),
            amount: 12_345,
            date: jiff::civil::date(2026, 3, day),
            memo: (day == 2).then(|| "充电桩".into()),
            reverses: (day == 3).then(|| "K1".into()),
        }),
        unit: "CNY".into(),
        input: 1,
        at_ms: 1_772_413_200_000 + i64::from(day) - 2,
        row: 2,
    };
    [row("K1", &outside, &common, 2), row("K2", &common, &outside, 3)]
}

/// Computed with another program, by the text on top: what was sealed once must verify for ever.
#[test]
fn a_seal_is_what_it_has_always_been() {
    let [first, second] = transfers();
    let event = EventRow { booked: Some(booked([&first, &second].into_iter())), ..event(2) };
    let mut set = WriteSet { inputs: vec![input(1)], events: vec![event], ..WriteSet::default() };
    let mut chain = Chain::default();
    chain.seal(&mut set).unwrap();
    let seals = [set.inputs[0].seal.to_string(), set.events[0].seal.to_string()];
    assert_eq!(
        seals,
        [
            "ac60bcb0831bccdfa0bda38b5bcc34ab4128671fc371d0c92234f0a2415c2ec2",
            "05e71b8fe31564fba51231b634de158d98d2b0269625f236f283ee77c2fe2201"
        ]
    );
    assert_eq!((chain.seq, chain.seal), (2, set.events[0].seal));
}

#[test]
fn every_field_has_a_name() {
    let (mut of_input, mut of_event) = (0, 0);
    input(1).each(|_| of_input += 1);
    event(1).each(|_| of_event += 1);
    assert_eq!((of_input, of_event), (InputRow::FIELDS.len(), EventRow::FIELDS.len()));
    let mut of_transfer = 0;
    transfers()[0].each(|_| of_transfer += 1);
    assert_eq!(of_transfer, TRANSFER_FIELDS.len());
}

/// I4: a number left out would look as if somebody had taken a row away.
#[test]
fn a_row_that_does_not_follow_is_refused() {
    for (inputs, events) in [(vec![input(2)], vec![]), (vec![input(1)], vec![event(3)]), (vec![], vec![event(0)])] {
        let mut set = WriteSet { inputs, events, ..WriteSet::default() };
        assert!(Chain::default().seal(&mut set).is_err());
    }
}
