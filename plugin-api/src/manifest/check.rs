//! Whether a manifest fits itself: every name it uses is one it declares, every default is one that
//! its field takes.

use super::{Action, Manifest, account, reads};
use crate::field::{FieldKind, Fields};

const NAME_BYTES_MAX: usize = 32;
const RELATIONS: [&str; 5] = ["@holder", "@lead", "@assist", "@reporter", "@anyone"];

impl Manifest {
    /// Everything in it that does not fit; empty for a sound manifest.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        self.check_names(&mut problems);
        if !is_version(&self.version) {
            problems.push(format!("version {:?} is not three numbers such as 0.1.0", self.version));
        }
        for kind in &self.kind {
            if kind.stages.is_empty() {
                problems.push(format!("kind {:?} has no stages", kind.name));
            }
            if 1 < kind.stages.iter().filter(|stage| stage.entry).count() {
                problems.push(format!("kind {:?} has more than one entry stage", kind.name));
            }
        }
        for action in &self.action {
            self.check_action(action, &mut problems);
        }
        self.check_labels(&mut problems);
        for name in self.words.iter().flatten().filter(|name| !self.is_called_by(name)) {
            problems
                .push(format!("`words` names {name:?}, which is no action, topic, clock, job or receipt of this desk"));
        }
        for say in &self.say {
            for name in say.after.iter().flatten().filter(|name| !self.is_called_by(name)) {
                let topic = &say.topic;
                problems.push(format!(
                    "topic {topic:?}: `after` names {name:?}, which is no action, topic, clock or job of this desk"
                ));
            }
        }
        for clock in &self.clock {
            if clock.marks.iter().any(|mark| mark.name == "review") {
                problems.push(format!("clock {:?}: \"review\" is the host's own mark, for pauses", clock.name));
            }
        }
        for view in &self.view {
            check_who(&view.who, &format!("view {:?}", view.name), &mut problems);
            check_defaults(&view.params, &format!("view {:?}", view.name), &mut problems);
        }
        check_defaults(&self.setting, "settings", &mut problems);
        for job in &self.job {
            check_defaults(&job.params, &format!("job {:?}", job.name), &mut problems);
        }
        problems.extend(account::problems(self));
        self.check_notices(&mut problems);
        problems.extend(reads::problems(self));
        self.check_takes(&mut problems);
        problems
    }

    fn check_names(&self, problems: &mut Vec<String>) {
        let mut check = |what: &str, names: Vec<&str>| {
            for (i, name) in names.iter().enumerate() {
                if !is_name(name) {
                    problems.push(format!("{what} {name:?} is not a name: 1 to {NAME_BYTES_MAX} of a-z, 0-9 and -"));
                }
                if names[..i].contains(name) {
                    problems.push(format!("{what} {name:?} is declared twice"));
                }
            }
        };
        check("name", vec![&self.name]);
        check("take", self.take.iter().map(|take| take.topic.as_str()).collect());
        check("say", self.say.iter().map(|say| say.topic.as_str()).collect());
        check("kind", self.kind.iter().map(|kind| kind.name.as_str()).collect());
        check("label", self.label.iter().map(|(name, _)| name).collect());
        check("list", self.list.iter().map(|list| list.name.as_str()).collect());
        check("view", self.view.iter().map(|view| view.name.as_str()).collect());
        check("clock", self.clock.iter().map(|clock| clock.name.as_str()).collect());
        check("setting", self.setting.iter().map(|(name, _)| name).collect());
        for clock in &self.clock {
            check("mark", clock.marks.iter().map(|mark| mark.name.as_str()).collect());
        }
        check("notice", self.notice.iter().map(|notice| notice.name.as_str()).collect());
        for kind in &self.kind {
            check("stage", kind.stages.iter().map(|stage| stage.name.as_str()).collect());
        }
        check("job", self.job.iter().map(|job| job.name.as_str()).collect());
        // A transfer names both sorts alike.
        let credited = self.credits.iter().map(|spec| spec.class.as_str());
        check("account class", self.account.iter().map(|spec| spec.class.as_str()).chain(credited).collect());
        // So does a question.
        let read = self.reads.iter().map(|spec| spec.collection.as_str());
        check("collection", self.collection.iter().map(|spec| spec.name.as_str()).chain(read).collect());
        // Actions and topics share the names a desk is called by.
        let topics = self.take.iter().map(|take| take.topic.as_str());
        check("action or topic", self.action.iter().map(|action| action.name.as_str()).chain(topics).collect());
    }

    fn is_called_by(&self, name: &str) -> bool {
        let job = name.strip_prefix("job.").and_then(|name| self.job(name));
        let receipt = name.strip_prefix("receipt.").and_then(|name| self.notice(name)).filter(|notice| notice.receipt);
        let is_clock = self.clock_calls().any(|call| call == name);
        self.take(name).is_some() || self.action(name).is_some() || is_clock || job.is_some() || receipt.is_some()
    }

    fn check_labels(&self, problems: &mut Vec<String>) {
        for (name, field) in self.label.iter() {
            let is_label_type = matches!(
                field.kind,
                FieldKind::Text
                    | FieldKind::Integer
                    | FieldKind::Bool
                    | FieldKind::Choice(_)
                    | FieldKind::Code { .. }
                    | FieldKind::Unit
            );
            if !is_label_type || field.many {
                problems.push(format!("label {name:?} must be one text, integer, bool, choice or unit"));
            }
        }
    }

    fn check_action(&self, action: &Action, problems: &mut Vec<String>) {
        let name = &action.name;
        let kind = self.kind(&action.on);
        if action.on != "desk" && kind.is_none() {
            problems.push(format!("action {name:?} is on {:?}, which is neither a kind nor \"desk\"", action.on));
        }
        for stage in &action.stages {
            if !kind.is_some_and(|kind| kind.stages.iter().any(|given| given.name == *stage)) {
                problems.push(format!("action {name:?} names the stage {stage:?}, which {:?} has not", action.on));
            }
        }
        if let Some(at) = &action.at
            && !action
                .fields
                .get(at)
                .is_some_and(|field| matches!(field.kind, FieldKind::Place { .. } | FieldKind::Matter))
        {
            problems.push(format!("action {name:?}: `at` is {at:?}, which is no place or matter field of it"));
        }
        if let Some(key) = &action.key
            && action.fields.get(key).is_none()
        {
            problems.push(format!("action {name:?}: `key` is {key:?}, which is no field of it"));
        }
        for other in &action.other_than {
            if self.action(other).is_none() {
                problems.push(format!("action {name:?}: `other_than` names {other:?}, which is no action"));
            }
        }
        for (field, spec) in action.fields.iter() {
            for other in spec.when.keys().filter(|other| action.fields.get(other).is_none()) {
                problems.push(format!("action {name:?}: `when` of {field:?} names {other:?}, which is no field"));
            }
        }
        check_who(&action.who, &format!("action {name:?}"), problems);
        check_defaults(&action.fields, &format!("action {name:?}"), problems);
    }
}

fn check_who(who: &[String], what: &str, problems: &mut Vec<String>) {
    if who.is_empty() {
        problems.push(format!("{what}: `who` is empty, so nobody may"));
    }
    for name in who {
        if name.starts_with('@') && !RELATIONS.contains(&name.as_str()) {
            problems.push(format!("{what}: {name:?} is none of {}", RELATIONS.join(", ")));
        } else if !name.starts_with('@') && !is_name(name) {
            problems.push(format!("{what}: {name:?} is not the name of a role"));
        }
    }
}

pub(super) fn check_defaults(fields: &Fields, what: &str, problems: &mut Vec<String>) {
    for (name, field) in fields.iter() {
        if let Some(Err(objections)) = field.parse_default() {
            let objections: Vec<String> = objections.iter().map(ToString::to_string).collect();
            problems.push(format!("{what}: the default of {name:?}: {}", objections.join("; ")));
        }
        if let FieldKind::Rows { of } = &field.kind {
            check_defaults(of, what, problems);
        }
    }
}

fn is_version(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()) && part.parse::<u32>().is_ok())
}

/// Whether a text is a name: 1 to 32 of `a-z`, `0-9`, `-`.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= NAME_BYTES_MAX
        && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}
