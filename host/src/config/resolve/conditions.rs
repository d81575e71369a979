//! A `when` and its matchers. Decidable: what a condition asks for is one of the values that
//! manifests, lists and places allow, or it is a problem.

use plugin_api::field::{Field, FieldKind};
use plugin_api::{LabelValue, PlaceId, Title};

use super::super::problem::{Remarks, named, quoted};
use super::super::raw::datum::{Datum, Entries, text_word};
use super::super::raw::reader::must_be;
use super::super::source::{Located, Spot};
use super::look::Look;
use super::vocabulary::{Vocabulary, describe};
use crate::routes::{Condition, Matcher};

/// What is looked at.
#[derive(Clone, Copy)]
enum Subject<'v> {
    Kind,
    Place,
    Label(&'v Field),
}

/// Reads the conditions of a route or watch.
pub(super) struct Conditions<'c, 'm> {
    pub(super) vocabulary: &'c Vocabulary<'m>,
    pub(super) look: &'c Look<'c>,
}

impl<'m> Conditions<'_, 'm> {
    /// The conditions that can be told; the others are remarked.
    pub(super) fn resolve(&self, when: &Entries, remarks: &mut Remarks) -> Vec<Condition> {
        when.iter()
            .filter_map(|(name, item)| {
                let subject = self.subject(name, remarks)?;
                let must = self.matcher(&name.value, subject, item, remarks)?;
                Some(Condition { on: name.value.clone(), must })
            })
            .collect()
    }

    fn subject(&self, name: &Located<String>, remarks: &mut Remarks) -> Option<Subject<'m>> {
        match name.value.as_str() {
            "kind" => return Some(Subject::Kind),
            "place" => return Some(Subject::Place),
            "from" => {
                remarks
                    .error(name.spot, "“from”不是标签", "\"from\" is no label")
                    .hint("写在 when 旁边：from = \"…\"", "write it beside `when`: from = \"…\"");
                return None;
            }
            _ => {}
        }
        let field = self.vocabulary.label(&name.value);
        if field.is_none() && self.vocabulary.is_complete {
            let known = self.vocabulary.labels().into_iter().chain(["kind", "place"]);
            remarks
                .error(
                    name.spot,
                    format!("没有标签{}", named(&name.value)),
                    format!("unknown label {}", quoted(&name.value)),
                )
                .suggest(&name.value, known);
        }
        field.map(Subject::Label)
    }

    fn matcher(
        &self,
        name: &str,
        subject: Subject<'_>,
        item: &Located<Datum>,
        remarks: &mut Remarks,
    ) -> Option<Matcher> {
        match &item.value {
            Datum::List(items) if items.is_empty() => {
                remarks.error(
                    item.spot,
                    format!("“{name}”的列表是空的，永远不会符合"),
                    format!("an empty list for {name:?} never matches"),
                );
                None
            }
            Datum::List(items) => {
                let values: Vec<_> = items.iter().map(|item| self.listed_value(name, subject, item, remarks)).collect();
                values.into_iter().collect::<Option<Vec<LabelValue>>>().map(Matcher::Any)
            }
            Datum::Table(entries) => self.table(name, subject, entries, item.spot, remarks),
            Datum::Text(text) if matches!(subject, Subject::Place) && text.ends_with("/**") => {
                let path = Located { value: text.trim_end_matches("/**").to_owned(), spot: item.spot };
                self.place(&path, remarks).map(Matcher::Within)
            }
            _ => self.value(name, subject, item, remarks).map(|value| Matcher::Any(vec![value])),
        }
    }

    fn table(
        &self,
        name: &str,
        subject: Subject<'_>,
        entries: &Entries,
        spot: Spot,
        remarks: &mut Remarks,
    ) -> Option<Matcher> {
        const KEYS: [&str; 4] = ["min", "max", "not", "exists"];
        let mut is_sound = true;
        for (key, _) in entries.iter().filter(|(key, _)| !KEYS.contains(&key.value.as_str())) {
            remarks
                .error(
                    key.spot,
                    format!("条件里没有{}这种写法", named(&key.value)),
                    format!("unknown key {} in a condition", quoted(&key.value)),
                )
                .suggest(&key.value, KEYS);
            is_sound = false;
        }
        let get = |wanted: &str| entries.iter().find(|(key, _)| key.value == wanted).map(|(_, item)| item);
        if !is_sound {
            return None;
        }
        match (get("not"), get("exists"), get("min"), get("max")) {
            (Some(other), None, None, None) => {
                self.matcher(name, subject, other, remarks).map(|other| Matcher::Not(Box::new(other)))
            }
            (None, Some(wanted), None, None) => exists(name, subject, wanted, spot, remarks),
            (None, None, None, None) => {
                remarks
                    .error(spot, format!("“{name}”的条件是空的"), format!("the condition on {name:?} is empty"))
                    .hint(format!("写其中一种：{}", KEYS.join("、")), format!("write one of {}", KEYS.join(", ")));
                None
            }
            (None, None, min, max) => self.between(name, subject, min, max, remarks),
            _ => {
                remarks.error(
                    spot,
                    format!("“{name}”的条件同时要求了几样"),
                    format!("the condition on {name:?} asks for several things at once"),
                );
                None
            }
        }
    }

    fn between(
        &self,
        name: &str,
        subject: Subject<'_>,
        min: Option<&Located<Datum>>,
        max: Option<&Located<Datum>>,
        remarks: &mut Remarks,
    ) -> Option<Matcher> {
        let spot = min.or(max)?.spot;
        if !matches!(subject, Subject::Label(field) if field.kind == FieldKind::Integer) {
            remarks.error(
                spot,
                format!("“{name}”不是数字，没有 min 和 max"),
                format!("{name:?} is no number, so it has no min and max"),
            );
            return None;
        }
        let mut number = |bound: Option<&Located<Datum>>| match bound.map(|bound| (&bound.value, bound.spot)) {
            None => Some(None),
            Some((Datum::Integer(number), _)) => Some(Some(*number)),
            Some((other, spot)) => {
                let found = other.word();
                remarks.error(
                    spot,
                    format!("min 和 max 应是整数，不是{}", found.zh),
                    format!("min and max must be whole numbers, not {}", found.en),
                );
                None
            }
        };
        let (min, max) = (number(min), number(max));
        let (min, max) = (min?, max?);
        if let (Some(min), Some(max)) = (min, max)
            && max < min
        {
            remarks.error(
                spot,
                format!("没有数字既不小于 {min} 又不大于 {max}"),
                format!("no number is at least {min} and at most {max}"),
            );
            return None;
        }
        Some(Matcher::Between { min, max })
    }

    fn listed_value(
        &self,
        name: &str,
        subject: Subject<'_>,
        item: &Located<Datum>,
        remarks: &mut Remarks,
    ) -> Option<LabelValue> {
        if let (Subject::Place, Datum::Text(text)) = (subject, &item.value)
            && text.ends_with("/**")
        {
            remarks
                .error(
                    item.spot,
                    format!("{}不能放在列表里", named(text)),
                    format!("{} cannot stand in a list", quoted(text)),
                )
                .hint("每个区域各写一条流转规则", "write a route of its own for each area");
            return None;
        }
        self.value(name, subject, item, remarks)
    }

    /// One value, as the subject may have it.
    fn value(
        &self,
        name: &str,
        subject: Subject<'_>,
        item: &Located<Datum>,
        remarks: &mut Remarks,
    ) -> Option<LabelValue> {
        let (kind, text) = match (subject, &item.value) {
            (Subject::Kind, Datum::Text(text)) => return self.kind(text, item.spot, remarks),
            (Subject::Place, Datum::Text(text)) => {
                let path = Located { value: text.clone(), spot: item.spot };
                return self.place(&path, remarks).map(|place| place.as_str().into());
            }
            (Subject::Label(field), Datum::Text(text)) => (&field.kind, text),
            (Subject::Label(field), Datum::Bool(yes)) if field.kind == FieldKind::Bool => return Some((*yes).into()),
            (Subject::Label(field), Datum::Integer(number)) if field.kind == FieldKind::Integer => {
                return Some((*number).into());
            }
            (Subject::Label(field), other) => {
                label_is(name, &describe(&field.kind), &other.word(), item.spot, remarks);
                return None;
            }
            (_, other) => {
                must_be(name, &text_word(), &other.word(), item.spot, remarks);
                return None;
            }
        };
        let known: Vec<&str> = match kind {
            FieldKind::Choice(values) => values.iter().map(|value| value.name.as_str()).collect(),
            FieldKind::Code { list } => match self.look.lists.0.get(list) {
                Some(list) => list.0.iter().map(|row| row.code.as_str()).collect(),
                // The list is missing, which is a problem of its own.
                None => return None,
            },
            FieldKind::Unit => self.look.directory.units().iter().map(|unit| unit.id.as_str()).collect(),
            FieldKind::Bool | FieldKind::Integer => {
                label_is(name, &describe(kind), &text_word(), item.spot, remarks);
                return None;
            }
            _ => return Some(text.as_str().into()),
        };
        if !known.contains(&text.as_str()) {
            remarks
                .error(
                    item.spot,
                    format!("标签“{name}”不会是{}", named(text)),
                    format!("label {name:?} is never {}", quoted(text)),
                )
                .suggest(text, known);
            return None;
        }
        Some(text.as_str().into())
    }

    fn kind(&self, text: &str, spot: Spot, remarks: &mut Remarks) -> Option<LabelValue> {
        let known = self.vocabulary.kinds();
        if self.vocabulary.is_complete && !known.contains(&text) {
            remarks
                .error(spot, format!("没有事项种类{}", named(text)), format!("unknown kind {}", quoted(text)))
                .suggest(text, known);
            return None;
        }
        Some(text.into())
    }

    fn place(&self, path: &Located<String>, remarks: &mut Remarks) -> Option<PlaceId> {
        let id = PlaceId::from(path.value.as_str());
        let places = self.look.directory.places();
        // Without any place the table could not be read, which is a problem of its own.
        if !places.is_empty() && self.look.directory.place(&id).is_none() {
            let remark = remarks.error(
                path.spot,
                format!("没有区域{}", named(&path.value)),
                format!("unknown place {}", quoted(&path.value)),
            );
            remark.suggest(&path.value, places.iter().map(|place| place.id.as_str()));
            return None;
        }
        Some(id)
    }
}

fn exists(
    name: &str,
    subject: Subject<'_>,
    wanted: &Located<Datum>,
    spot: Spot,
    remarks: &mut Remarks,
) -> Option<Matcher> {
    match (&wanted.value, subject) {
        (_, Subject::Kind | Subject::Place) => {
            remarks.error(
                spot,
                format!("每个事项都有 {name}，写 exists 没有意义"),
                format!("every matter has a {name}, so `exists` says nothing"),
            );
            None
        }
        (Datum::Bool(wanted), _) => Some(Matcher::Exists(*wanted)),
        (other, _) => {
            must_be("exists", &describe(&FieldKind::Bool), &other.word(), wanted.spot, remarks);
            None
        }
    }
}

fn label_is(name: &str, wanted: &Title, found: &Title, spot: Spot, remarks: &mut Remarks) {
    remarks.error(
        spot,
        format!("标签“{name}”是{}，不是{}", wanted.zh, found.zh),
        format!("label {name:?} is {}, not {}", wanted.en, found.en),
    );
}
