//! The ladder (呼叫阶梯): who must act, and how long before the next must.
//!
//! Pure. Read once from the district's list `ladder`, whose order is the order of the rungs.
//!
//! Always holds: a [`Ladder`] has a rung for every day it is asked for, or the step fails; a matter
//! keeps the rungs of the day it was opened.

use jiff::civil::Date;
use plugin_api::{Budget, CodeList, Fault, ListRow, Matter, Objection, RoleId, Title};

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
            let objection =
                Objection::new("呼叫阶梯没有一行，没有人可以呼叫", "the ladder has no rows, so nobody could be called");
            return Err(Fault::Refused(vec![objection.field("ladder.role")]));
        }
        let rungs: Vec<Result<Rung, Objection>> =
            (1..).zip(&list.0).map(|(number, row)| Rung::read(row, number)).collect();
        let wrong: Vec<Objection> = rungs.iter().filter_map(|rung| rung.as_ref().err().cloned()).collect();
        if wrong.is_empty() { Ok(Ladder(rungs.into_iter().flatten().collect())) } else { Err(Fault::Refused(wrong)) }
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
    fn read(row: &ListRow, number: u32) -> Result<Rung, Objection> {
        let (code, given) = (&row.code, row.column("within"));
        let within = given.parse().map_err(|why: Title| {
            let objection = Objection::new(
                format!("呼叫阶梯的 {code}：办理时限“{given}”{}", why.zh),
                format!("the rung {code:?}: within {given:?} {}", why.en),
            );
            objection.field("ladder.within").row(number)
        })?;
        if row.column("role").is_empty() {
            let objection =
                Objection::new(format!("呼叫阶梯的 {code}：没有岗位"), format!("the rung {code:?} has no role"));
            return Err(objection.field("ladder.role").row(number));
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
