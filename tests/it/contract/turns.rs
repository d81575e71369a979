//! Clocks that a desk turns as none can be turned (I7).

use expect_test::expect;

use super::check;

#[test]
fn budgets_out_of_bounds() {
    check(
        &[
            "clock-zero",
            "clock-negative",
            "clock-more-negative",
            "clock-past-all",
            "bell start by 1999-12-31",
            "bell start until 2300-01-01T00:00:00Z",
        ],
        expect![[r#"
            clock-zero: failed clock "bell" a budget of 0 hours is not within 1 minute to 87600 hours
            clock-negative: failed the desk's answer is not a list of effects: invalid value: integer `-2`, expected u32 at line 1 column 55
            clock-more-negative: failed the desk's answer is not a list of effects: invalid value: integer `-1`, expected u32 at line 1 column 53
            clock-past-all: failed the desk's answer is not a list of effects: invalid value: integer `4294967296`, expected u32 at line 1 column 62
            bell start by 1999-12-31: failed clock "bell" a budget of by 1999-12-31 is not in a year from 2000 to 2199
            bell start until 2300-01-01T00:00:00Z: failed clock "bell" a budget of until 2300-01-01T00:00:00Z is not in a year from 2000 to 2199
        "#]],
    );
}

#[test]
fn turns_that_do_not_fit() {
    check(
        &[
            "bell pause why",
            "bell start 1 hour; bell pause",
            "bell start 1 hour; bell resume",
            "bell start 1 hour; bell pause why; bell pause why",
            "bell start 1 hour; bell extend 1 workday",
            "bell start 1 hour; bell extend until 2026-03-02T02:00:00Z",
            "bell start until 2026-03-01T02:00:00Z; bell extend 1 hour",
        ],
        expect![[r#"
            bell pause why: failed clock "bell" does not run
            bell start 1 hour; bell pause: failed clock "bell" is paused without a reason
            bell start 1 hour; bell resume: failed clock "bell" is not paused
            bell start 1 hour; bell pause why; bell pause why: failed clock "bell" is paused already
            bell start 1 hour; bell extend 1 workday: failed clock "bell" a clock that runs in another unit, or to a fixed end, is not extended by 1 workday
            bell start 1 hour; bell extend until 2026-03-02T02:00:00Z: failed clock "bell" is not extended by an end at 2026-03-02T02:00:00Z, which is not after 2026-03-02T02:10:00Z
            bell start until 2026-03-01T02:00:00Z; bell extend 1 hour: failed clock "bell" has run out; an extension comes before that
        "#]],
    );
}
