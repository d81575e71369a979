//! I11: the one permission function against a model written a second time, from the rules, over
//! random districts.
//!
//! The rules: `who` of an action names relations to the matter, or roles; a role must be held on the
//! day, at a place that is or contains the one asked about, where none is asked about at any. Who
//! holds a matter's post is the person, who has the role there, or who works for the unit. Who has the code
//! of a matter is its reporter, and sees nothing more for it. Who
//! stands in for somebody has what that person was appointed to meanwhile, in the role named or in all, and
//! nothing that is only lent to them; what is open to them by their own they do for nobody. Who did
//! an action that `other_than` names, on this matter and this desk, may not. A matter is seen by its
//! reporters, its holders, and by those with a role that sees all, or sees its area and covers it. What is
//! of a place is seen by those roles; of a person by themselves, and where they serve by those roles; of a
//! unit by who works for it; and all of it, with what is of nothing, by a role that sees all.

mod cut;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hongling::config::DeskConfig;
use hongling::directory::{Appointment, Deputy, Directory, Role, Sees};
use hongling::matter::Head;
use hongling::permission::{Asker, Sight};
use jiff::civil::{Date, date};
use plugin_api::manifest::{Action, Collection};
use plugin_api::{Of, PersonId, Place, PlaceId, Proof, RoleId, Title, UnitId};
use serde_json::{Value, json};

const DISTRICTS: u64 = 200;
const QUESTIONS: usize = 100;
const PEOPLE: [&str; 5] = ["an", "bo", "chen", "ding", "er"];
/// The desk's words for roles; the district calls the first two otherwise.
const WORDS: [&str; 4] = ["chair", "clerk", "worker", "head"];
const ROLES: [&str; 4] = ["secretary", "worker", "head", "inspector"];
const UNITS: [&str; 2] = ["water", "fire"];
const RELATIONS: [&str; 5] = ["@anyone", "@reporter", "@holder", "@lead", "@assist"];
const ACTIONS: [&str; 3] = ["do", "check", "approve"];

/// Random numbers that are the same for the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.below(from.len())]
    }

    fn some<'t>(&mut self, from: &[&'t str], most: usize) -> Vec<&'t str> {
        let count = self.below(most + 1);
        (0..count).map(|_| self.pick(from)).collect()
    }
}

/// A district as plain rows.
#[derive(Clone)]
struct Model {
    deputies: Vec<Lent>,
    places: Vec<String>,
    rows: Vec<Row>,
    sees: BTreeMap<&'static str, &'static str>,
    words: BTreeMap<&'static str, &'static str>,
}

/// Somebody away, and who stands in.
#[derive(Clone)]
struct Lent {
    person: &'static str,
    deputy: &'static str,
    role: Option<&'static str>,
    from: Option<Date>,
    to: Option<Date>,
}

#[derive(Clone)]
struct Row {
    person: &'static str,
    role: &'static str,
    place: String,
    unit: Option<&'static str>,
    from: Option<Date>,
    to: Option<Date>,
}

impl Model {
    fn random(random: &mut Random) -> Model {
        let mut places = vec!["d".to_owned()];
        for _ in 0..8 {
            let parent = places[random.below(places.len())].clone();
            // `a` and `a-b` begin alike and are no relations.
            places.push(format!("{parent}/{}", random.pick(&["a", "a-b", "b", "c"])));
        }
        places.sort();
        places.dedup();
        let day = |random: &mut Random| random.one_in(2).then(|| date(2026, 3, 1 + random.below(28) as i8));
        let count = random.below(12);
        let rows = (0..count).map(|_| Row {
            person: random.pick(&PEOPLE),
            role: random.pick(&ROLES),
            place: places[random.below(places.len())].clone(),
            unit: random.one_in(2).then(|| random.pick(&UNITS)),
            from: day(random),
            to: day(random),
        });
        let rows = rows.collect();
        let deputies = (0..random.below(6)).map(|_| Lent {
            person: random.pick(&PEOPLE),
            deputy: random.pick(&PEOPLE),
            role: random.one_in(3).then(|| random.pick(&ROLES)),
            from: day(random),
            to: day(random),
        });
        let deputies = deputies.filter(|lent| lent.person != lent.deputy).collect();
        let sees = ROLES.map(|role| (role, random.pick(&["held", "area", "all"]))).into_iter().collect();
        Model { deputies, places, rows, sees, words: BTreeMap::from([("chair", "secretary"), ("clerk", "worker")]) }
    }

    fn directory(&self) -> Directory {
        let places = self.places.iter().map(|place| Place {
            id: PlaceId::from(place.as_str()),
            level: "district".into(),
            title: Title::new(place.as_str(), ""),
        });
        let roles = self.sees.iter().map(|(role, sees)| {
            let sees = match *sees {
                "all" => Sees::All,
                "area" => Sees::Area,
                _ => Sees::Held,
            };
            (RoleId::from(*role), Role { title: Title::new(*role, *role), sees, contacts: false })
        });
        let rows = self.rows.iter().map(|row| {
            let appointment = Appointment {
                person: PersonId::from(row.person),
                role: RoleId::from(row.role),
                place: PlaceId::from(row.place.as_str()),
                unit: row.unit.map(UnitId::from),
                from: row.from,
                to: row.to,
            };
            (row.person.to_owned(), appointment)
        });
        let deputies = self.deputies.iter().map(|lent| Deputy {
            person: PersonId::from(lent.person),
            deputy: PersonId::from(lent.deputy),
            role: lent.role.map(RoleId::from),
            from: lent.from,
            to: lent.to,
        });
        Directory::new(places.collect(), Vec::new(), roles.collect(), rows.collect()).with_deputies(deputies.collect())
    }

    fn held<'m>(&'m self, person: &'m str, day: Date) -> impl Iterator<Item = &'m Row> {
        self.rows.iter().filter(move |row| {
            let is_lent = |lent: &&Lent| {
                (lent.person, lent.deputy) == (row.person, person)
                    && lent.role.is_none_or(|role| role == row.role)
                    && is_then(lent.from, lent.to, day)
            };
            let is_theirs = row.person == person || self.deputies.iter().any(|lent| is_lent(&lent));
            is_theirs && is_then(row.from, row.to, day)
        })
    }

    fn lending(&self, keep: impl Fn(&Lent) -> bool) -> Model {
        let mut model = self.clone();
        model.deputies.retain(|lent| keep(lent));
        model
    }

    fn has_role(&self, person: &str, role: &str, place: Option<&str>, day: Date) -> bool {
        self.held(person, day).any(|row| row.role == role && place.is_none_or(|place| is_within(place, &row.place)))
    }

    fn holds(&self, person: &str, matter: &Value, day: Date, part: Option<&str>) -> bool {
        let holders = matter["holders"].as_array().unwrap().iter();
        let mut holders = holders.filter(|holder| part.is_none_or(|part| holder["part"] == part));
        holders.any(|holder| {
            let post = &holder["post"];
            if let Some(somebody) = post["person"].as_str() {
                return somebody == person;
            }
            if let Some(unit) = post["unit"].as_str() {
                return self.held(person, day).any(|row| row.unit == Some(unit));
            }
            let (role, place) = (post["role"]["role"].as_str().unwrap(), post["role"]["place"].as_str());
            self.has_role(person, role, place, day)
        })
    }

    /// Whether they may, and for whom.
    fn may(&self, asked: &Asked, matter: Option<&Value>) -> Option<Option<&'static str>> {
        let away = self.deputies.iter().filter(|lent| Some(lent.deputy) == asked.by).map(|lent| lent.person);
        let for_whom = match self.lending(|_| false).is_among(asked, matter) {
            true => None,
            false => {
                let may = |person: &&'static str| self.lending(|lent| lent.person == *person).is_among(asked, matter);
                Some(away.into_iter().find(may)?)
            }
        };
        let did = matter.is_some_and(|matter| {
            let did = matter["host"]["did"].as_array().unwrap().iter();
            let is_theirs = |did: &Value| [asked.by, for_whom].contains(&did[2].as_str());
            did.filter(|did| did[0] == "desk" && is_theirs(did))
                .any(|did| asked.other_than.contains(&did[1].as_str().unwrap()))
        });
        (!did).then_some(for_whom)
    }

    fn is_among(&self, asked: &Asked, matter: Option<&Value>) -> bool {
        asked.who.iter().any(|who| match (*who, asked.by, matter) {
            ("@anyone", ..) => true,
            ("@reporter", None, Some(_)) => asked.has_code,
            (_, None, _) => false,
            ("@reporter", Some(by), Some(matter)) => reported(by, matter),
            ("@holder", Some(by), Some(matter)) => self.holds(by, matter, asked.day, None),
            ("@lead", Some(by), Some(matter)) => self.holds(by, matter, asked.day, Some("lead")),
            ("@assist", Some(by), Some(matter)) => self.holds(by, matter, asked.day, Some("assist")),
            (word, ..) if word.starts_with('@') => false,
            (word, Some(by), _) => {
                let role = self.words.get(word).copied().unwrap_or(word);
                self.has_role(by, role, asked.place.as_deref(), asked.day)
            }
        })
    }

    fn sees(&self, by: Option<&str>, matter: &Value, day: Date) -> bool {
        let Some(by) = by else { return false };
        let place = matter["place"].as_str().unwrap();
        reported(by, matter) || self.holds(by, matter, day, None) || self.sees_place(by, place, day)
    }

    fn sees_place(&self, by: &str, place: &str, day: Date) -> bool {
        self.held(by, day).any(|row| match self.sees[row.role] {
            "all" => true,
            "area" => is_within(place, &row.place),
            _ => false,
        })
    }

    /// What is of a `place`, `person` or `unit`, or of something else.
    fn sees_of(&self, by: Option<&str>, (sort, id): (&str, &str), day: Date) -> bool {
        let Some(by) = by else { return false };
        let is_theirs = match sort {
            "place" => self.sees_place(by, id, day),
            "person" => by == id || self.held(id, day).any(|row| self.sees_place(by, &row.place, day)),
            "unit" => self.held(by, day).any(|row| row.unit == Some(id)),
            _ => false,
        };
        is_theirs || self.held(by, day).any(|row| self.sees[row.role] == "all")
    }
}

fn is_then(from: Option<Date>, to: Option<Date>, day: Date) -> bool {
    from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to)
}

fn reported(by: &str, matter: &Value) -> bool {
    matter["reporters"].as_array().unwrap().iter().any(|reporter| reporter == by)
}

fn is_within(inner: &str, outer: &str) -> bool {
    let (inner, outer): (Vec<&str>, Vec<&str>) = (inner.split('/').collect(), outer.split('/').collect());
    inner.starts_with(&outer)
}

/// One question.
#[derive(Debug)]
struct Asked {
    by: Option<&'static str>,
    /// Nobody, with the code of the very matter.
    has_code: bool,
    who: Vec<&'static str>,
    other_than: Vec<&'static str>,
    place: Option<String>,
    day: Date,
}

fn random_matter(model: &Model, random: &mut Random) -> Value {
    let place = |random: &mut Random| model.places[random.below(model.places.len())].clone();
    let holders: Vec<Value> = (0..random.below(4))
        .map(|_| {
            let post = match random.below(3) {
                0 => json!({ "person": random.pick(&PEOPLE) }),
                1 => json!({ "unit": random.pick(&UNITS) }),
                _ => json!({ "role": { "role": random.pick(&ROLES), "place": place(random) } }),
            };
            json!({ "part": random.pick(&["lead", "assist"]), "post": post })
        })
        .collect();
    let did: Vec<Value> = (0..random.below(3))
        .map(|_| json!([random.pick(&["desk", "elsewhere"]), random.pick(&ACTIONS), random.pick(&PEOPLE)]))
        .collect();
    json!({
        "id": 1, "number": "SQ2026-000001", "kind": "request", "desk": "desk", "stay": 1, "stage": "waiting",
        "status": "open", "place": place(random), "opened": "2026-03-01T00:00:00Z",
        "holders": holders, "reporters": random.some(&PEOPLE, 2), "host": { "did": did },
    })
}

fn random_question(model: &Model, random: &mut Random) -> Asked {
    let mut who = random.some(&RELATIONS, 2);
    who.extend(random.some(&WORDS, 2));
    // Open to anyone, a question asks nothing.
    who.retain(|who| *who != "@anyone" || random.one_in(10));
    let by = (!random.one_in(8)).then(|| random.pick(&PEOPLE));
    Asked {
        by,
        has_code: by.is_none() && random.one_in(2),
        who,
        other_than: random.some(&ACTIONS, 2),
        place: (!random.one_in(6)).then(|| model.places[random.below(model.places.len())].clone()),
        day: date(2026, 3, 1 + random.below(28) as i8),
    }
}

/// Something an account or a record may be of.
fn random_of(model: &Model, random: &mut Random) -> (&'static str, String) {
    match random.below(4) {
        0 => ("place", model.places[random.below(model.places.len())].clone()),
        1 => ("person", random.pick(&PEOPLE).to_owned()),
        2 => ("unit", random.pick(&UNITS).to_owned()),
        _ => ("text", "contract-7".to_owned()),
    }
}

/// An account of it, and a record that says what it is of.
fn accounts_and_records(model: &Model, asked: &Asked, directory: &Directory, random: &mut Random) -> bool {
    let (sort, id) = random_of(model, random);
    let by = asked.by.map(PersonId::from);
    let sight = Sight::Of(Asker::new(directory, by.as_ref(), asked.day));
    let sees = model.sees_of(asked.by, (sort, &id), asked.day);
    let of: Of = format!("{sort}:{id}").parse().unwrap();
    assert_eq!(sight.shows_account(&of), sees, "{asked:?} of {of}");
    let title = json!({ "zh": "在", "en": "At" });
    let collection = |public: bool| -> Collection {
        let fields = json!({ "at": { "type": sort, "title": title } });
        let whole = json!({ "name": "kept", "title": title, "fields": fields, "at": "at", "public": public });
        serde_json::from_value(whole).unwrap()
    };
    let record = json!({ "at": id }).to_string();
    assert_eq!(sight.shows_record(&collection(false), &record), sees, "{asked:?} record {record}");
    let all = model.sees_of(asked.by, ("nothing", ""), asked.day);
    assert_eq!(sight.shows_account(&Of::Nothing), all);
    assert_eq!(sight.shows_record(&collection(false), "{}"), all, "a record that does not say what it is of");
    assert!(sight.shows_record(&collection(true), &record));
    assert!(Sight::Everything.shows_account(&of) && Sight::Everything.shows_record(&collection(false), &record));
    sees
}

fn desk(model: &Model) -> DeskConfig {
    let manifest = "name = \"desk\"\nversion = \"0.1.0\"\ntitle = { zh = \"台\", en = \"Desk\" }";
    DeskConfig {
        name: "desk".into(),
        title: Title::new("台", "Desk"),
        library: "desk".into(),
        manifest: Arc::new(toml::from_str(manifest).unwrap()),
        roles: model.words.iter().map(|(word, role)| ((*word).to_owned(), RoleId::from(*role))).collect(),
        settings: serde_json::Map::new(),
        imports: Vec::new(),
        credits: BTreeMap::new(),
        reads: BTreeMap::new(),
        reworded: BTreeMap::new(),
        grants: hongling::outlet::Grants::default(),
        is_isolated: false,
    }
}

#[test]
fn twenty_thousand_questions() {
    let mut answers = BTreeSet::new();
    let (mut allowed, mut seen, mut shown, mut deputised) = (0, 0, 0, 0);
    for seed in 1..=DISTRICTS {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let model = Model::random(&mut random);
        let (directory, desk) = (model.directory(), desk(&model));
        for _ in 0..QUESTIONS {
            let matter = random_matter(&model, &mut random);
            let head: Head = serde_json::from_value(matter.clone()).unwrap();
            let asked = random_question(&model, &mut random);
            let is_on_desk = random.one_in(5);
            let (matter_asked, head_asked) = if is_on_desk { (None, None) } else { (Some(&matter), Some(&head)) };
            let action: Action = serde_json::from_value(json!({
                "name": "act", "title": { "zh": "办", "en": "Act" }, "on": "request",
                "who": asked.who, "other_than": asked.other_than,
            }))
            .unwrap();
            let by = asked.by.map(PersonId::from);
            let asker = match asked.has_code {
                true => Asker::with(&directory, Proof::Code, asked.day),
                false => Asker::new(&directory, by.as_ref(), asked.day),
            };
            let place = asked.place.as_deref().map(PlaceId::from);
            let found = asker.check_action(&desk, &action, head_asked, place.as_ref()).ok();
            let found_for = found.as_ref().map(|away| away.as_ref().map(PersonId::as_str));
            assert_eq!(found_for, model.may(&asked, matter_asked), "seed {seed}: {asked:?} on {matter_asked:?}");
            deputised += usize::from(matches!(found_for, Some(Some(_))));
            let found = found.is_some();
            let sees = asker.sees(&head);
            assert_eq!(sees, model.sees(asked.by, &matter, asked.day), "seed {seed}: {asked:?} sees {matter}");
            (allowed, seen) = (allowed + usize::from(found), seen + usize::from(sees));
            shown += usize::from(accounts_and_records(&model, &asked, &directory, &mut random));
            answers.insert((found, sees));
        }
    }
    // A model that always says no would be no test.
    let asked = usize::try_from(DISTRICTS).unwrap() * QUESTIONS;
    let is_mixed = |yes: usize| asked / 10 < yes && yes < asked * 9 / 10;
    assert!(answers.len() == 4, "{answers:?}");
    assert!(asked / 200 < deputised, "{deputised} for somebody else of {asked}");
    for (what, yes) in [("allowed", allowed), ("seen", seen), ("shown", shown)] {
        assert!(is_mixed(yes), "{yes} {what} of {asked}");
    }
}
