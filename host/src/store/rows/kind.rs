//! The numbers and words that sorts of input are stored and sealed as. Never changed: journals have them.

use plugin_api::InputKind;

/// The number a sort of input is stored as.
pub(in crate::store) fn kind_number(kind: InputKind) -> i64 {
    match kind {
        InputKind::Act => 1,
        InputKind::Row => 2,
        InputKind::Request => 3,
        InputKind::Clock => 4,
        InputKind::Schedule => 5,
        InputKind::Job => 6,
        InputKind::Retry => 7,
        InputKind::Operator => 8,
        InputKind::Switch => 9,
        InputKind::Receipt => 10,
    }
}

/// The word a sort of input is sealed as.
pub(in crate::store) fn kind_word(kind: InputKind) -> &'static str {
    match kind {
        InputKind::Act => "act",
        InputKind::Row => "row",
        InputKind::Request => "request",
        InputKind::Clock => "clock",
        InputKind::Schedule => "schedule",
        InputKind::Job => "job",
        InputKind::Retry => "retry",
        InputKind::Operator => "operator",
        InputKind::Switch => "switch",
        InputKind::Receipt => "receipt",
    }
}

/// The sort of input a number stands for.
pub(in crate::store) fn kind_of_number(number: i64) -> Option<InputKind> {
    Some(match number {
        1 => InputKind::Act,
        2 => InputKind::Row,
        3 => InputKind::Request,
        4 => InputKind::Clock,
        5 => InputKind::Schedule,
        6 => InputKind::Job,
        7 => InputKind::Retry,
        8 => InputKind::Operator,
        9 => InputKind::Switch,
        10 => InputKind::Receipt,
        _ => return None,
    })
}
