//! The ladder (呼叫阶梯): who must act, and how long before the next must.
//!
//! Pure. Read once from the district's list `ladder`, whose order is the order of the rungs.
//!
//! Always holds: a [`Ladder`] has a rung for every day it is asked for, or the step fails; a matter
//! keeps the rungs of the day it was opened.

use jiff::civil::Date;
use plugin_api::{Budget, CodeList, Fault, ListRow, Matter, RoleId, Title};

/// All rungs of the district, past and present.
pub struct Ladder(Vec<Rung>);

/// One rung.
pub struct Rung {
    row: ListRow,
    /// The role that must act.
    pub role: RoleId,
    /// How long it has for that.
    pub within: Budget,
}

/// The rungs that hold for one matter, lowest first; never empty.
pub struct Rungs<'a>(Vec<&'a Rung>);

impl Ladder {
    /// Reads the list.
    pub fn read(list: &CodeList) -> Result<Ladder, Fault> {
        if list.0.is_empty() {
            return Err(Fault::failed("list \"ladder\" has no rows, so nobody could be called"));
        }
        list.0.iter().map(Rung::read).collect::<Result<_, _>>().map(Ladder)
    }

    /// The rungs that hold on a day: for a matter, the one it was opened on.
    pub fn as_of(&self, day: Date) -> Result<Rungs<'_>, Fault> {
        let rungs: Vec<&Rung> = self.0.iter().filter(|rung| rung.row.holds_on(day)).collect();
        if rungs.is_empty() {
            return Err(Fault::failed(format!("list \"ladder\" has no row that holds on {day}")));
        }
        Ok(Rungs(rungs))
    }

    /// A rung by its code, whenever it holds.
    pub fn find(&self, code: &str) -> Option<&Rung> {
        self.0.iter().find(|rung| rung.code() == code)
    }
}

impl Rung {
    fn read(row: &ListRow) -> Result<Rung, Fault> {
        let within = row.column("within").parse().map_err(|why: Title| {
            Fault::failed(format!("list \"ladder\", row {:?}: within {:?} {}", row.code, row.column("within"), why.en))
        })?;
        if row.column("role").is_empty() {
            return Err(Fault::failed(format!("list \"ladder\", row {:?}: no role", row.code)));
        }
        Ok(Rung { role: RoleId::from(row.column("role")), within, row: row.clone() })
    }

    /// Its code in the list, which is the value of the label `rung`.
    pub fn code(&self) -> &str {
        &self.row.code
    }

    /// Its name for people.
    pub fn title(&self) -> &Title {
        &self.row.title
    }
}

impl<'a> Rungs<'a> {
    /// Where a matter starts: hard ones at the first rung of a level, all others at the bottom.
    pub fn first(&self, size: Option<&str>, hard_level: &str) -> &'a Rung {
        let of_level = self.0.iter().find(|rung| size == Some("hard") && rung.row.column("level") == hard_level);
        of_level.unwrap_or(&self.0[0])
    }

    /// Where a matter is. One that was moved here by hand has no rung yet and is at the bottom.
    pub fn current(&self, matter: &Matter) -> &'a Rung {
        let code = matter.label("rung");
        self.0.iter().find(|rung| Some(rung.code()) == code).unwrap_or(&self.0[0])
    }

    /// The rung above.
    pub fn above(&self, rung: &Rung) -> Option<&'a Rung> {
        let at = self.0.iter().position(|other| other.code() == rung.code())?;
        self.0.get(at + 1).copied()
    }

    /// All of them, lowest first.
    pub fn iter(&self) -> impl Iterator<Item = &'a Rung> {
        self.0.iter().copied()
    }
}
