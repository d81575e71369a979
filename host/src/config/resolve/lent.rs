//! What a desk uses of other desks, by its own words: open account classes that it credits, shared
//! collections that it reads.
//!
//! As with roles, a desk's library knows no other desk; the config says which one is meant.

use std::collections::BTreeMap;

use plugin_api::Title;
use plugin_api::manifest::{AccountSpec, Collection, CreditSpec, ReadSpec};

use super::super::Lent;
use super::super::problem::{Remarks, named, quoted};
use super::super::raw::RawDesk;
use super::super::source::Located;
use super::vocabulary::{Vocabulary, describe, is_same_kind, spot_of};
use crate::routes::DeskIx;

/// Words of the desk, each with what it stands for: `desk/name`.
type Words = [(Located<String>, Located<String>)];

/// The account classes that a desk's `credits` stand for.
pub(super) fn credits(
    desk: &RawDesk,
    wanted: &[CreditSpec],
    vocabulary: &Vocabulary<'_>,
    remarks: &mut Remarks,
) -> BTreeMap<String, Lent> {
    let mut lent = BTreeMap::new();
    let known: Vec<&str> = wanted.iter().map(|spec| spec.class.as_str()).collect();
    check_words(desk, "credits", &desk.credits, &known, remarks);
    for spec in wanted {
        let Some((_, target)) = desk.credits.iter().find(|(word, _)| word.value == spec.class) else {
            let others = vocabulary.known().filter(|(at, _)| vocabulary.name(*at) != desk.name.value);
            let may_be = others.flat_map(|(at, manifest)| {
                let fitting = manifest.account.iter().filter(|account| account.open && misfit(account, spec).is_none());
                fitting.map(move |account| format!("{}/{}", vocabulary.name(at), account.class))
            });
            missing(desk, "credits", &spec.class, may_be.collect(), vocabulary, remarks);
            continue;
        };
        let Some((at, class)) = find_desk(desk, target, vocabulary, remarks) else { continue };
        let Some(manifest) = vocabulary.manifest(at) else { continue };
        let open = || manifest.account.iter().filter(|account| account.open).map(|account| account.class.as_str());
        let Some(account) = manifest.account(class) else {
            let other = vocabulary.name(at);
            let zh = format!("业务台“{other}”没有账户类别{}", named(class));
            let en = format!("desk {other:?} has no account class {}", quoted(class));
            remarks.error(target.spot, zh, en).suggest(class, open());
            continue;
        };
        let whole = &target.value;
        if !account.open {
            let zh = format!("账户类别“{whole}”不对其他业务台开放");
            let en = format!("account class {whole:?} is not open to other desks");
            remarks.error(target.spot, zh, en).suggest("", open());
        } else if let Some(why) = misfit(account, spec) {
            let (zh, en) = (format!("账户类别“{whole}”{}", why.zh), format!("account class {whole:?} {}", why.en));
            remarks.error(target.spot, zh, en);
        }
        lent.insert(spec.class.clone(), Lent { desk: at, name: class.to_owned() });
    }
    lent
}

/// The collections that a desk's `reads` stand for. What is optional may be left out.
pub(super) fn reads(
    desk: &RawDesk,
    wanted: &[ReadSpec],
    vocabulary: &Vocabulary<'_>,
    remarks: &mut Remarks,
) -> BTreeMap<String, Lent> {
    let mut lent = BTreeMap::new();
    let known: Vec<&str> = wanted.iter().map(|spec| spec.collection.as_str()).collect();
    check_words(desk, "reads", &desk.reads, &known, remarks);
    for spec in wanted {
        let Some((_, target)) = desk.reads.iter().find(|(word, _)| word.value == spec.collection) else {
            if !spec.optional {
                let others = vocabulary.known().filter(|(at, _)| vocabulary.name(*at) != desk.name.value);
                let may_be = others.flat_map(|(at, manifest)| {
                    let fitting =
                        manifest.collection.iter().filter(|other| other.shared && lacks(other, spec).is_none());
                    fitting.map(move |other| format!("{}/{}", vocabulary.name(at), other.name))
                });
                missing(desk, "reads", &spec.collection, may_be.collect(), vocabulary, remarks);
            }
            continue;
        };
        let Some((at, name)) = find_desk(desk, target, vocabulary, remarks) else { continue };
        let Some(manifest) = vocabulary.manifest(at) else { continue };
        let shared = || manifest.collection.iter().filter(|other| other.shared).map(|other| other.name.as_str());
        let Some(collection) = manifest.collection(name) else {
            let other = vocabulary.name(at);
            let zh = format!("业务台“{other}”没有台账{}", named(name));
            let en = format!("desk {other:?} has no collection {}", quoted(name));
            remarks.error(target.spot, zh, en).suggest(name, shared());
            continue;
        };
        let whole = &target.value;
        if !collection.shared {
            let zh = format!("台账“{whole}”不与其他业务台共享");
            let en = format!("collection {whole:?} is not shared with other desks");
            remarks.error(target.spot, zh, en).suggest("", shared());
        } else if let Some(why) = lacks(collection, spec) {
            remarks.error(target.spot, format!("台账“{whole}”{}", why.zh), format!("collection {whole:?} {}", why.en));
        }
        lent.insert(spec.collection.clone(), Lent { desk: at, name: name.to_owned() });
    }
    lent
}

/// Why a class is not what a desk credits.
fn misfit(account: &AccountSpec, wanted: &CreditSpec) -> Option<Title> {
    let CreditSpec { class, unit, key, parts, .. } = wanted;
    if account.unit != *unit {
        let given = &account.unit;
        return Some(Title::new(
            format!("以 {given} 计，而“{class}”要以 {unit} 计"),
            format!("counts in {given}, and {class:?} is to count in {unit}"),
        ));
    }
    if account.key != *key {
        let (given, key) = (account.key.title(), key.title());
        return Some(Title::new(
            format!("按{}设户，而“{class}”要按{}设户", given.zh, key.zh),
            format!("is of {}, and {class:?} is to be of {}", given.en, key.en),
        ));
    }
    let have = |parts: bool| if parts { ("分项", "parts") } else { ("不分项", "no parts") };
    let (given, wanted) = (have(account.parts), have(*parts));
    (account.parts != *parts).then(|| {
        Title::new(
            format!("{}，而“{class}”要{}", given.0, wanted.0),
            format!("has {}, and {class:?} is to have {}", given.1, wanted.1),
        )
    })
}

/// Why a collection is not what a desk reads.
fn lacks(collection: &Collection, wanted: &ReadSpec) -> Option<Title> {
    let word = &wanted.collection;
    wanted.fields.iter().find_map(|(name, field)| match collection.fields.get(name) {
        None if field.required => Some(Title::new(
            format!("没有字段“{name}”，而“{word}”要有"),
            format!("has no field {name:?}, which {word:?} is to have"),
        )),
        Some(given) if !is_same_kind(&given.kind, &field.kind) || given.many != field.many => {
            let (given, wanted) = (describe(&given.kind), describe(&field.kind));
            Some(Title::new(
                format!("的字段“{name}”是{}，而“{word}”要的是{}", given.zh, wanted.zh),
                format!("has {} in the field {name:?}, and {word:?} is to have {}", given.en, wanted.en),
            ))
        }
        _ => None,
    })
}

fn check_words(desk: &RawDesk, key: &str, words: &Words, known: &[&str], remarks: &mut Remarks) {
    let name = &desk.name.value;
    for (word, _) in words.iter().filter(|(word, _)| !known.contains(&word.value.as_str())) {
        let zh = format!("业务台“{name}”的 {key} 里不用{}", named(&word.value));
        let en = format!("desk {name:?} {key} nothing that it calls {}", quoted(&word.value));
        remarks.error(word.spot, zh, en).suggest(&word.value, known.iter().copied());
    }
}

/// A word of the desk that stands for nothing. What it may be is not told while a manifest is unknown.
fn missing(
    desk: &RawDesk,
    key: &str,
    word: &str,
    may_be: Vec<String>,
    vocabulary: &Vocabulary<'_>,
    remarks: &mut Remarks,
) {
    if !vocabulary.is_complete {
        return;
    }
    let name = &desk.name.value;
    let zh = format!("业务台“{name}”的 {key} 要用“{word}”，而配置没有说它是哪一个");
    let en = format!("desk {name:?} {key} {word:?}, and the config does not say what that is");
    let (zh_target, en_target) = match may_be.as_slice() {
        [] => ("业务台/名称".to_owned(), "desk/name".to_owned()),
        several => (several.join("\" 或 \""), several.join("\" or \"")),
    };
    remarks.error(spot_of(desk), zh, en).hint(
        format!("在 [desk.{name}] 里写 {key} = {{ {word} = \"{zh_target}\" }}"),
        format!("write in [desk.{name}]: {key} = {{ {word} = \"{en_target}\" }}"),
    );
}

/// The other desk and the name behind `desk/name`.
fn find_desk<'t>(
    own: &RawDesk,
    target: &'t Located<String>,
    vocabulary: &Vocabulary<'_>,
    remarks: &mut Remarks,
) -> Option<(DeskIx, &'t str)> {
    let whole = &target.value;
    let Some((desk, name)) = whole.split_once('/') else {
        // A value that is no text was remarked and is empty.
        if !whole.is_empty() {
            let zh = format!("{}不是“业务台/名称”", named(whole));
            remarks.error(target.spot, zh, format!("{} is not \"desk/name\"", quoted(whole)));
        }
        return None;
    };
    if own.name.value == desk {
        let zh = format!("{}是业务台“{desk}”自己的，不需要另取名称", named(whole));
        let en = format!("{} is of desk {desk:?} itself, which needs no other word for it", quoted(whole));
        remarks.error(target.spot, zh, en);
        return None;
    }
    let desk = Located { value: desk.to_owned(), spot: target.spot };
    Some((vocabulary.desk(&desk, remarks)?, name))
}
