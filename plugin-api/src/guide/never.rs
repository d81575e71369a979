//! What a desk never does, and why.
//!
//! A desk is handed everything it decides by, and what it decides is handed back. Whatever else it reads or
//! writes is lost when the host stops it between two steps, differs when a journal is run again (I4), and is
//! taken away where a library runs apart from the host.
//!
//! | never | because | instead |
//! |---|---|---|
//! | read a clock: `SystemTime::now`, `Timestamp::now` | the step is run again tomorrow, and decides otherwise | [`Step::now`](crate::Step::now), [`Step::today`](crate::Step::today) |
//! | remember between calls: a field with a lock, a `static` | the next step may run in another process | [`Effects::note`](crate::Effects::note), [`Effects::put`](crate::Effects::put) |
//! | iterate a `HashMap` or `HashSet` | its order is random, and so would be the effects | `BTreeMap`, `Vec` |
//! | draw a random number | as a clock | decide by what there is; [`Step::new_id`](crate::Step::new_id) for ids |
//! | open a file or a socket, start a process | nobody granted it; apart from the host it is refused | a setting, a list, [`Outside`](crate::Outside) in `deliver` |
//! | leave a thread behind | it outlives the step and the instance | a [`job`](super::jobs) |
//! | keep what was lent, or the `&dyn Host`, for later | it is gone when the call ends | copy what you need |
//! | use a float for money, areas or rates | sums do not add up | fen, 0.01 m², [`Cell::Ratio`](crate::Cell::Ratio) |
//! | count days or hours | the calendar is the district's | [`Budget`](crate::Budget), [`Host::after`](crate::Host::after), [`Host::between`](crate::Host::between) |
//! | ask who acts in order to allow it | there is one permission function, and it was asked (I11) | `who`, `at`, `other_than` in the manifest |
//! | name another desk, or decide where a matter goes | the district does, by its routes (I2) | say what happened |
//! | change a matter that lies elsewhere | the step fails (I5) | [`Effects::tell`](crate::Effects::tell) |
//! | put a resident's words into a fault, a log line or a memo | they are kept where an erasure does not reach (I10) | ids and codes |
//! | catch a panic and go on | the host knows how: it costs the step, and a new instance is opened (I8) | let it be |
//! | build with `panic = "abort"` | a panic then ends the host, so it is not loaded into it | leave `panic` as it is |
//! | call `exit` or `abort` | it ends the process that the library runs in | [`Fault::Failed`](crate::Fault::Failed) |
//! | go on where the host failed | it decides by what it was not told | hand the fault on with `?` |
//!
//! Most of these `hongling plugin check` finds; the rest a reader must.
