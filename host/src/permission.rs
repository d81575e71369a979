//! Who may do what, and who sees what (I11).
//!
//! Pure, and the only place that decides: the engine asks at the step, on every path. Nobody acts
//! for somebody else, and a desk has no rights of its own.

use jiff::civil::Date;
use plugin_api::field::FieldKind;
use plugin_api::manifest::{Action, Collection};
use plugin_api::{Holder, Objection, Of, Part, PersonId, PlaceId, Post, Proof, RoleId, UnitId};

use serde_json::Value;

use crate::config::DeskConfig;
use crate::directory::{Appointment, Directory, Sees};
use crate::matter::Head;

/// Somebody who asks, and when.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// The district's people.
    pub directory: &'a Directory,
    /// Who asks; nobody for people without an account.
    pub by: Option<&'a PersonId>,
    /// The day, in the district's zone: appointments hold from and to days.
    pub on: Date,
    /// What somebody without an account has come with, and has been checked.
    proof: Option<Proof>,
    rights: Rights<'a>,
}

/// Which appointments count.
#[derive(Clone, Copy, Debug)]
enum Rights<'a> {
    /// The asker's own, and those of whom they stand in for.
    All,
    /// Their own.
    Own,
    /// Those of one they stand in for.
    Of(&'a PersonId),
}

impl<'a> Asker<'a> {
    /// A person of the directory, or nobody.
    pub fn new(directory: &'a Directory, by: Option<&'a PersonId>, on: Date) -> Asker<'a> {
        Asker { directory, by, on, proof: None, rights: Rights::All }
    }

    /// Somebody without an account, who has come with what opens the very matter asked about.
    pub fn with(directory: &'a Directory, proof: Proof, on: Date) -> Asker<'a> {
        Asker { directory, by: None, on, proof: Some(proof), rights: Rights::All }
    }
}

impl Asker<'_> {
    /// Checks that an action is open to the asker.
    ///
    /// `place` is where a role must hold: the place of the action's `at` field, else the matter's. Gives
    /// whom the asker stands in for, where it is not open to them by what they hold themselves.
    ///
    /// # Errors
    /// An objection that says who may.
    pub fn check_action(
        &self,
        desk: &DeskConfig,
        action: &Action,
        matter: Option<&Head>,
        place: Option<&PlaceId>,
    ) -> Result<Option<PersonId>, Objection> {
        let Some(stands_for) = self.standing(|asker| asker.is_among(desk, &action.who, matter, place)) else {
            return Err(self.denied(Some(desk), action));
        };
        let did_before = matter.into_iter().flat_map(|head| &head.host.did).any(|(at, name, by)| {
            let is_theirs = Some(by) == self.by || Some(by) == stands_for;
            **at == *desk.name && action.other_than.iter().any(|other| **name == **other) && is_theirs
        });
        if did_before {
            return Err(Objection::new(
                "此项须由另一人办理：您已在本事项上做过需回避的操作",
                "somebody else must do this: you did an action on this matter that rules you out",
            ));
        }
        Ok(stands_for.cloned())
    }

    /// Checks that an action of the host's own is open to the asker.
    ///
    /// # Errors
    /// An objection that says who may.
    pub fn check_host_action(&self, action: &Action, head: &Head) -> Result<Option<PersonId>, Objection> {
        let may = |asker: &Asker<'_>| action.who.iter().any(|who| asker.is_related(who, Some(head)) == Some(true));
        match self.standing(may) {
            Some(stands_for) => Ok(stands_for.cloned()),
            None => Err(self.denied(None, action)),
        }
    }

    /// Whom the asker must stand in for, that they may: nobody, if they may by what they hold themselves.
    /// None if they may in no way.
    fn standing(&self, may: impl Fn(&Asker<'_>) -> bool) -> Option<Option<&PersonId>> {
        if may(&Asker { rights: Rights::Own, ..*self }) {
            return Some(None);
        }
        let borrowed =
            self.appointments_of(self.by?).map(|given| &given.person).filter(|person| Some(*person) != self.by);
        borrowed
            .map(|person| (person, may(&Asker { rights: Rights::Of(person), ..*self })))
            .find(|(_, may)| *may)
            .map(|(person, _)| Some(person))
    }

    fn appointments_of(&self, by: &PersonId) -> impl Iterator<Item = &Appointment> {
        self.directory.appointments(by, self.on).filter(move |given| {
            let is_own = Some(&given.person) == self.by;
            match self.rights {
                Rights::All => true,
                Rights::Own => is_own,
                Rights::Of(person) => is_own || given.person == *person,
            }
        })
    }

    /// Whether the asker is one of `who`.
    pub fn is_among(&self, desk: &DeskConfig, who: &[String], matter: Option<&Head>, place: Option<&PlaceId>) -> bool {
        who.iter().any(|who| self.is_related(who, matter).unwrap_or_else(|| self.has_role(&desk.role(who), place)))
    }

    /// Whether the asker is to the matter what the word says; none if it is no such word.
    fn is_related(&self, who: &str, matter: Option<&Head>) -> Option<bool> {
        Some(match who {
            "@anyone" => true,
            "@reporter" => matter.is_some_and(|head| self.has_reported(head)),
            "@holder" => matter.is_some_and(|head| self.holds(head, |_| true)),
            "@lead" => matter.is_some_and(|head| self.holds(head, |holder| holder.part == Part::Lead)),
            "@assist" => matter.is_some_and(|head| self.holds(head, |holder| holder.part == Part::Assist)),
            "@seer" => matter.is_some_and(|head| self.sees(head)),
            "@office" => matter.is_some_and(|head| self.is_of_office(head)),
            "@contacts" => matter.is_some_and(|head| self.sees(head) && self.has_contacts(&head.place)),
            _ => return None,
        })
    }

    /// Whether somebody of the asker's office holds the matter in its place.
    fn is_of_office(&self, head: &Head) -> bool {
        let is_held_by = |person: &PersonId| {
            head.holders.iter().any(|holder| matches!(&holder.post, Post::Person(other) if other == person))
        };
        head.host.assigned.iter().any(|given| is_held_by(&given.person) && self.is_of(&given.office))
    }

    /// Whether the asker has a role that may see how people are reached, at a place.
    fn has_contacts(&self, place: &PlaceId) -> bool {
        let Some(by) = self.by else { return false };
        let may = |role: &RoleId| self.directory.role(role).is_some_and(|role| role.contacts);
        self.appointments_of(by).any(|given| may(&given.role) && given.place.covers(place))
    }

    fn has_reported(&self, head: &Head) -> bool {
        self.proof == Some(Proof::Code) || self.by.is_some_and(|by| head.reporters.contains(by))
    }

    /// Whether the asker has a role that covers the place; any place if none is given.
    pub fn has_role(&self, role: &RoleId, place: Option<&PlaceId>) -> bool {
        let Some(by) = self.by else { return false };
        self.appointments_of(by).any(|given| given.role == *role && place.is_none_or(|place| given.place.covers(place)))
    }

    fn holds(&self, head: &Head, part: impl Fn(&Holder) -> bool) -> bool {
        head.holders.iter().filter(|holder| part(holder)).any(|holder| self.is_of(&holder.post))
    }

    /// Whether a post is the asker's: they are the person, have the role there, or work for the unit.
    pub fn is_of(&self, post: &Post) -> bool {
        let Some(by) = self.by else { return false };
        match post {
            Post::Person(person) => person == by,
            Post::Role { role, place } => self.has_role(role, Some(place)),
            Post::Unit(unit) => self.works_for(unit),
        }
    }

    fn works_for(&self, unit: &UnitId) -> bool {
        let Some(by) = self.by else { return false };
        self.appointments_of(by).any(|given| given.unit.as_ref() == Some(unit))
    }

    /// Whether the asker may see a matter: all in the area of a role that sees it, what waits for
    /// them, and what they reported.
    pub fn sees(&self, head: &Head) -> bool {
        let Some(by) = self.by else { return false };
        head.reporters.contains(by) || self.holds(head, |_| true) || self.sees_place(&head.place)
    }

    /// Whether the asker may see what is of a place: it lies in the area of a role that sees it.
    pub fn sees_place(&self, place: &PlaceId) -> bool {
        let Some(by) = self.by else { return false };
        self.appointments_of(by).any(|given| match self.directory.sees(&given.role) {
            Sees::All => true,
            Sees::Area => given.place.covers(place),
            Sees::Held => false,
        })
    }

    /// All that [`Asker::sees`] looks at, as values to narrow a search by. It only narrows: each matter
    /// found is shown by [`Asker::sees`] or not at all.
    pub fn reach(&self) -> Reach {
        let Some(by) = self.by else { return Reach::default() };
        let mut reach = Reach { person: Some(by.clone()), ..Reach::default() };
        for given in self.directory.appointments(by, self.on) {
            match self.directory.sees(&given.role) {
                Sees::All => reach.all = true,
                Sees::Area => reach.areas.push(given.place.clone()),
                Sees::Held => {}
            }
            reach.posts.push((given.role.clone(), given.place.clone()));
            reach.units.extend(given.unit.clone());
        }
        let areas = std::mem::take(&mut reach.areas);
        let is_within = |area: &PlaceId| areas.iter().any(|other| other != area && other.covers(area));
        reach.areas = areas.iter().filter(|area| !is_within(area)).cloned().collect();
        reach.areas.sort();
        reach.areas.dedup();
        reach.posts.sort();
        reach.posts.dedup();
        reach.units.sort();
        reach.units.dedup();
        reach
    }

    /// Whether the asker may see what is of a person: of themselves, or of who serves in such an area.
    pub fn sees_person(&self, person: &PersonId) -> bool {
        let serves_there = || self.directory.appointments(person, self.on).any(|given| self.sees_place(&given.place));
        self.by == Some(person) || self.sees_all() || serves_there()
    }

    /// Whether the asker may see what is of a unit: they work for it. An area has no units of its own.
    pub fn sees_unit(&self, unit: &UnitId) -> bool {
        self.works_for(unit) || self.sees_all()
    }

    /// Whether the asker may see all of the district, and so what is of nothing in particular.
    pub fn sees_all(&self) -> bool {
        let Some(by) = self.by else { return false };
        self.appointments_of(by).any(|given| self.directory.sees(&given.role) == Sees::All)
    }

    fn sees_record(&self, collection: &Collection, record: &str) -> bool {
        let Some(at) = &collection.at else { return false };
        let record: Value = serde_json::from_str(record).unwrap_or_default();
        let Some(of) = record.get(at).and_then(Value::as_str) else { return false };
        match collection.fields.get(at).map(|field| &field.kind) {
            Some(FieldKind::Place { .. }) => self.sees_place(&of.into()),
            Some(FieldKind::Person | FieldKind::Contact) => self.sees_person(&of.into()),
            Some(FieldKind::Unit) => self.sees_unit(&of.into()),
            _ => false,
        }
    }

    fn denied(&self, desk: Option<&DeskConfig>, action: &Action) -> Objection {
        let words: Vec<(String, String)> = action.who.iter().map(|who| self.who_title(desk, who)).collect();
        let zh: Vec<&str> = words.iter().map(|(zh, _)| zh.as_str()).collect();
        let en: Vec<&str> = words.iter().map(|(_, en)| en.as_str()).collect();
        let (there_zh, there_en) =
            if desk.is_some() { ("（须管辖该区域）", " (for that place)") } else { ("", "") };
        Objection::new(
            format!("无权办理“{}”；可办理的是：{}{there_zh}", action.title.zh, zh.join("、")),
            format!("may not do {:?}; who may: {}{there_en}", action.title.en, en.join(", ")),
        )
    }

    fn who_title(&self, desk: Option<&DeskConfig>, who: &str) -> (String, String) {
        let relation = match who {
            "@anyone" => Some(("任何人", "anyone")),
            "@reporter" => Some(("诉求人", "the reporter")),
            "@holder" => Some(("承办人", "who holds it")),
            "@lead" => Some(("主办", "the lead")),
            "@assist" => Some(("协办", "an assist")),
            "@seer" => Some(("能看到本事项的人", "whoever may see it")),
            "@office" => Some(("承办单位的人", "whoever is of the office that holds it")),
            "@contacts" => Some(("可查看联系方式的角色", "a role that may see contacts")),
            _ => None,
        };
        if let Some((zh, en)) = relation {
            return (zh.to_owned(), en.to_owned());
        }
        let role = desk.map_or_else(|| RoleId::from(who), |desk| desk.role(who));
        match self.directory.role(&role) {
            Some(spec) => (spec.title.zh.clone(), spec.title.en.clone()),
            None => (role.to_string(), role.to_string()),
        }
    }
}

/// Which matters somebody sees: all, those of areas, those held by one of these, those they reported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// All of the district.
    pub all: bool,
    /// Places, none within another.
    pub areas: Vec<PlaceId>,
    /// Themselves.
    pub person: Option<PersonId>,
    /// Roles, each with the place it covers.
    pub posts: Vec<(RoleId, PlaceId)>,
    /// Units they work for.
    pub units: Vec<UnitId>,
}

/// What may be seen of what the host knows.
#[derive(Clone, Copy, Debug)]
pub enum Sight<'a> {
    /// All of it: a desk in a step or job, and who holds the folder.
    Everything,
    /// What this person may see.
    Of(Asker<'a>),
}

impl Sight<'_> {
    /// Whether a matter is shown.
    pub fn shows(&self, head: &Head) -> bool {
        self.asks(|asker| asker.sees(head))
    }

    /// Whether an account of this is shown, if its class is not public. What only the desk knows is of the
    /// district as a whole.
    pub fn shows_account(&self, of: &Of) -> bool {
        self.asks(|asker| match of {
            Of::Place(place) => asker.sees_place(place),
            Of::Person(person) => asker.sees_person(person),
            Of::Unit(unit) => asker.sees_unit(unit),
            Of::Text(_) | Of::Nothing => asker.sees_all(),
        })
    }

    /// Whether a record is shown: to who may see what its collection says it is of.
    pub fn shows_record(&self, collection: &Collection, record: &str) -> bool {
        self.asks(|asker| collection.public || asker.sees_all() || asker.sees_record(collection, record))
    }

    fn asks(&self, may: impl FnOnce(&Asker<'_>) -> bool) -> bool {
        match self {
            Sight::Everything => true,
            Sight::Of(asker) => may(asker),
        }
    }
}

/// The one answer for a matter that is not there and for one that is not the asker's: the two must
/// not be told apart.
pub fn not_there() -> Objection {
    Objection::new("没有这个事项，或您无权查看", "there is no such matter, or it is not yours to see")
}
