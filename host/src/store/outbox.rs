//! Notices: what was sent, which is written with what caused it and belongs to the state that inputs
//! give again; and how each fares outside, which does not.

use std::collections::BTreeMap;
use std::sync::Arc;

use plugin_api::MatterId;
use rusqlite::{OptionalExtension, Row, params};

use super::read::Reader;
use super::rows::WriteSet;
use super::{Store, StoreError};

/// A notice: one for each person and outlet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeRow {
    /// Its number.
    pub id: u64,
    /// The input that led to it.
    pub input: u64,
    /// Instant of the step that sent it.
    pub at_ms: i64,
    /// The matter it is about.
    pub matter: Option<u64>,
    /// The desk that sent it.
    pub desk: Arc<str>,
    /// Its template there.
    pub template: Arc<str>,
    /// Whom it is for.
    pub person: Arc<str>,
    /// The outlet it goes through.
    pub outlet: Arc<str>,
    /// One line.
    pub title: Arc<str>,
    /// What it says.
    pub text: Arc<str>,
    /// Its desk asks what becomes of it.
    pub wants_receipt: bool,
}

/// How a notice stands with the outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stand {
    /// It is to be delivered, at once or when it is due again.
    Waiting,
    /// It is being delivered, or the host ended while it was.
    Leaving,
    /// The outside took it.
    Delivered,
    /// Given up: an operator must act.
    Parked,
    /// Held back: in an exercise nothing leaves.
    Held,
    /// The person has no address that the outlet could use.
    Unreachable,
}

impl Stand {
    /// All of them, by the number they are stored as.
    pub const ALL: [Stand; 6] =
        [Stand::Waiting, Stand::Leaving, Stand::Delivered, Stand::Parked, Stand::Held, Stand::Unreachable];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Stand::Waiting => "waiting",
            Stand::Leaving => "leaving",
            Stand::Delivered => "delivered",
            Stand::Parked => "parked",
            Stand::Held => "held",
            Stand::Unreachable => "unreachable",
        }
    }

    fn of_number(number: i64) -> Result<Stand, StoreError> {
        let stand = usize::try_from(number).ok().and_then(|number| Stand::ALL.get(number).copied());
        stand.ok_or_else(|| StoreError::Damaged(format!("a notice stands at {number}")))
    }
}

/// How a notice fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faring {
    /// How it stands.
    pub stand: Stand,
    /// Tries so far, counted before each begins.
    pub attempts: u32,
    /// When it is to be tried again; 0 for at once.
    pub due_ms: i64,
    /// When it came to its end.
    pub ended_ms: Option<i64>,
    /// What went wrong last.
    pub error: String,
    /// What the outside calls it.
    pub receipt: Option<String>,
}

impl Store {
    pub(super) fn write_notices(&mut self, set: &WriteSet) -> Result<(), StoreError> {
        for row in &set.notices {
            let (desk, template) = (self.name(&row.desk)?, self.name(&row.template)?);
            let outlet = self.name(&row.outlet)?;
            let sql = "insert into outbox (id, input, at, matter, desk, template, person, outlet, title, text, receipt)
                       values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
            let NoticeRow { id, input, at_ms, matter, person, title, text, wants_receipt, .. } = row;
            let of_row = params![id, input, at_ms, matter, desk, template, person, outlet, title, text, wants_receipt];
            self.db.prepare_cached(sql)?.execute(of_row)?;
            let sql = "insert into sending (id, outlet, state, attempts, deaths, due, error)
                       values (?1, ?2, 0, 0, 0, 0, '')";
            self.db.prepare_cached(sql)?.execute(params![id, outlet])?;
        }
        for (desk, key) in &set.sent_keys {
            let desk = self.name(desk)?;
            self.db.prepare_cached("insert into sent_key (desk, key) values (?1, ?2)")?.execute(params![desk, key])?;
        }
        Ok(())
    }

    /// Takes the next notice of an outlet that is due: counts the try, and says when it is tried again
    /// should nothing more be heard of it.
    ///
    /// # Errors
    /// When the database refuses, here and below.
    pub fn claim_notice(&mut self, outlet: &str, now_ms: i64, wait_ms: &[i64]) -> Result<Option<u64>, StoreError> {
        let outlet = self.name(outlet)?;
        let sql = "select id, attempts from sending where outlet = ?1 and state = 0 and state in (0, 1) and due <= ?2 order by due, id limit 1";
        let found =
            self.db.prepare_cached(sql)?.query_row(params![outlet, now_ms], |row| Ok((row.get(0)?, row.get(1)?)));
        let Some((id, attempts)): Option<(u64, usize)> = found.optional()? else { return Ok(None) };
        let wait_ms = wait_ms.get(attempts).or(wait_ms.last()).copied().unwrap_or(0);
        let sql = "update sending set state = 1, attempts = attempts + 1, due = ?2 where id = ?1";
        self.db.prepare_cached(sql)?.execute(params![id, now_ms + wait_ms])?;
        Ok(Some(id))
    }

    /// The notices of an outlet that the host ended in the middle of: each waits until it is due again.
    /// Gives those that this has happened to so often.
    ///
    /// # Errors
    /// As above.
    pub fn forget_claims(&mut self, outlet: &str, deaths_max: u32) -> Result<Vec<u64>, StoreError> {
        let outlet = self.name(outlet)?;
        let sql = "update sending set state = 0, deaths = deaths + 1 where outlet = ?1 and state = 1 and state in (0, 1) returning id, deaths";
        let mut back = self.db.prepare_cached(sql)?;
        let rows = back.query_map([outlet], |row| Ok((row.get::<_, u64>(0)?, row.get::<_, u32>(1)?)))?;
        let rows: Vec<(u64, u32)> = rows.collect::<Result<_, _>>()?;
        Ok(rows.into_iter().filter(|(_, deaths)| deaths_max <= *deaths).map(|(id, _)| id).collect())
    }

    /// The host ends in good order: what was being delivered waits until it is due again, and no death
    /// is counted.
    ///
    /// # Errors
    /// As above.
    pub fn release_claims(&self) -> Result<(), StoreError> {
        self.db.prepare_cached("update sending set state = 0 where state = 1 and state in (0, 1)")?.execute([])?;
        Ok(())
    }

    /// This store is a copy put back: whether what waits in it was delivered meanwhile nobody can tell, so an
    /// operator must.
    ///
    /// # Errors
    /// As above.
    pub fn doubt_notices(&self) -> Result<(), StoreError> {
        let sql = "update sending set state = 3, due = 0,
                   error = 'waited in the copy that was put back, and may have been delivered since'
                   where state in (0, 1)";
        self.db.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Notes how a notice fares.
    ///
    /// # Errors
    /// As above, and when there is no such notice.
    pub fn set_faring(&self, id: u64, faring: &Faring) -> Result<(), StoreError> {
        let Faring { stand, attempts, due_ms, ended_ms, error, receipt } = faring;
        let sql = "update sending set state = ?2, attempts = ?3, due = ?4, ended = ?5, error = ?6, receipt = ?7
                   where id = ?1";
        let row = params![id, *stand as i64, attempts, due_ms, ended_ms, error, receipt];
        match self.db.prepare_cached(sql)?.execute(row)? {
            1 => Ok(()),
            _ => Err(StoreError::Damaged(format!("notice {id} is not in the store"))),
        }
    }

    /// Takes the words out of the notices to a person; those that wait do not leave any more.
    ///
    /// # Errors
    /// As above.
    pub fn erase_notices_to(&self, person: &str) -> Result<(), StoreError> {
        let sql = "update sending set state = 5, due = 0, error = 'the person was erased'
                   where state in (0, 1) and id in (select id from outbox where person = ?1)";
        self.db.prepare_cached(sql)?.execute([person])?;
        self.db.prepare_cached("update outbox set title = '', text = '' where person = ?1")?.execute([person])?;
        Ok(())
    }

    /// Takes the words out of the notices about a matter; those that wait do not leave any more.
    ///
    /// # Errors
    /// As above.
    pub fn erase_notices_about(&self, matter: MatterId) -> Result<(), StoreError> {
        let sql = "update sending set state = 5, due = 0, error = 'what it was about was erased'
                   where state in (0, 1) and id in (select id from outbox where matter = ?1)";
        self.db.prepare_cached(sql)?.execute([matter.0])?;
        self.db.prepare_cached("update outbox set title = '', text = '' where matter = ?1")?.execute([matter.0])?;
        Ok(())
    }

    /// A notice begins anew: an operator asked for it.
    ///
    /// # Errors
    /// As above.
    pub fn renew_notice(&self, id: u64) -> Result<(), StoreError> {
        let sql = "update sending set state = 0, attempts = 0, deaths = 0, due = 0, ended = null where id = ?1";
        self.db.prepare_cached(sql)?.execute([id])?;
        Ok(())
    }
}

/// `state in (0, 1)` stands in every query for what waits: without it SQLite does not see that the index of
/// the few that wait will do.
const NOTICE_SQL: &str = "select o.id, o.input, o.at, o.matter, d.text, t.text, o.person, u.text, o.title, o.text,
    s.state, s.attempts, s.due, s.ended, s.error, s.receipt, o.receipt from outbox o join sending s on s.id = o.id
    join name d on d.id = o.desk join name t on t.id = o.template join name u on u.id = o.outlet";

impl Reader<'_> {
    /// A notice and how it fares.
    ///
    /// # Errors
    /// When the database refuses, here and below.
    pub fn notice(&self, id: u64) -> Result<Option<(NoticeRow, Faring)>, StoreError> {
        let mut find = self.db().prepare_cached(&format!("{NOTICE_SQL} where o.id = ?1"))?;
        find.query_row([id], read_notice).optional()?.transpose()
    }

    /// The notices about a matter, in order.
    ///
    /// # Errors
    /// As above.
    pub fn notices_of(&self, matter: MatterId) -> Result<Vec<(NoticeRow, Faring)>, StoreError> {
        let mut find = self.db().prepare_cached(&format!("{NOTICE_SQL} where o.matter = ?1 order by o.id"))?;
        find.query_map([matter.0], read_notice)?.map(|row| row?).collect()
    }

    /// The notices that are parked, or failed and wait, in order.
    ///
    /// # Errors
    /// As above.
    pub fn troubled_notices(&self) -> Result<Vec<(NoticeRow, Faring)>, StoreError> {
        let sql = format!("{NOTICE_SQL} where s.state = 3 or (s.state in (0, 1) and 0 < s.attempts) order by o.id");
        let mut find = self.db().prepare_cached(&sql)?;
        find.query_map([], read_notice)?.map(|row| row?).collect()
    }

    /// The notice that an outlet has taken and not brought to its end.
    ///
    /// # Errors
    /// As above.
    pub fn claimed_notice(&self, outlet: &str) -> Result<Option<(NoticeRow, Faring)>, StoreError> {
        let sql = format!(
            "{NOTICE_SQL} where s.state = 1 and s.state in (0, 1) and s.outlet = (select id from name where text = ?1) limit 1"
        );
        self.db().prepare_cached(&sql)?.query_row([outlet], read_notice).optional()?.transpose()
    }

    /// When the next notice of an outlet is due, and the instant of the last input.
    ///
    /// # Errors
    /// As above.
    pub fn next_notice_due(&self, outlet: &str) -> Result<(Option<i64>, i64), StoreError> {
        let sql =
            "select (select min(due) from sending where state = 0 and state in (0, 1) and outlet = (select id from name where text = ?1)),
                   coalesce((select at from input order by seq desc limit 1), 0)";
        Ok(self.db().prepare_cached(sql)?.query_row([outlet], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    /// Whether a notice waits that is due, or is left by a process that ended in the middle of it.
    ///
    /// # Errors
    /// As above.
    pub fn has_notices_due(&self, now_ms: i64) -> Result<bool, StoreError> {
        let sql = "select exists (select 1 from sending where state in (0, 1) and (state = 1 or due <= ?1))";
        Ok(self.db().prepare_cached(sql)?.query_row([now_ms], |row| row.get(0))?)
    }

    /// How many notices stand how.
    ///
    /// # Errors
    /// As above.
    pub fn notice_counts(&self) -> Result<BTreeMap<&'static str, u64>, StoreError> {
        let mut all = self.db().prepare_cached("select state, count(*) from sending group by state")?;
        let rows = all.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))?;
        rows.map(|row| {
            let (number, count) = row?;
            Ok((Stand::of_number(number)?.as_str(), count))
        })
        .collect()
    }

    /// Whether a desk has sent under a key.
    ///
    /// # Errors
    /// As above.
    pub fn was_sent(&self, desk: &str, key: &str) -> Result<bool, StoreError> {
        let sql =
            "select exists (select 1 from sent_key where desk = (select id from name where text = ?1) and key = ?2)";
        Ok(self.db().prepare_cached(sql)?.query_row([desk, key], |row| row.get(0))?)
    }

    /// How somebody is reached who is known only by a contact (I10: for notices as they leave).
    ///
    /// # Errors
    /// As above.
    pub fn contact_of(&self, person: &str) -> Result<Option<String>, StoreError> {
        let mut find = self.db().prepare_cached("select contact from contact where person = ?1")?;
        Ok(find.query_row([person], |row| row.get(0)).optional()?)
    }
}

fn read_notice(row: &Row<'_>) -> rusqlite::Result<Result<(NoticeRow, Faring), StoreError>> {
    let notice = NoticeRow {
        id: row.get(0)?,
        input: row.get(1)?,
        at_ms: row.get(2)?,
        matter: row.get(3)?,
        desk: row.get(4)?,
        template: row.get(5)?,
        person: row.get(6)?,
        outlet: row.get(7)?,
        title: row.get(8)?,
        text: row.get(9)?,
        wants_receipt: row.get(16)?,
    };
    let stand = match Stand::of_number(row.get(10)?) {
        Ok(stand) => stand,
        Err(error) => return Ok(Err(error)),
    };
    let faring = Faring {
        stand,
        attempts: row.get(11)?,
        due_ms: row.get(12)?,
        ended_ms: row.get(13)?,
        error: row.get(14)?,
        receipt: row.get(15)?,
    };
    Ok(Ok((notice, faring)))
}
