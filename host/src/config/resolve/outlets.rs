//! Outlets, grants and reworded notices against the manifests: what delivers what, and where to.

use std::collections::BTreeMap;

use plugin_api::field::FieldKind;
use plugin_api::notice::NoticeSpec;
use plugin_api::{Manifest, Title};

use super::super::problem::{Remarks, named, quoted};
use super::super::raw::outlets::{RawGrants, RawOutlet, RawWords};
use super::super::raw::{Raw, RawDesk};
use super::super::source::{Located, Sources, Spot};
use super::vocabulary::Vocabulary;
use crate::limits::OUTLETS_MAX;
use crate::outlet::{
    ContactKind, FileGrant, Grants, HttpGrant, MailGrant, Outlet, RecipientSort, SecretSource, Speech,
    parse_mail_server,
};

/// The outlets that can be told what they do.
pub(super) fn resolve(raw: &Raw, vocabulary: &Vocabulary<'_>, remarks: &mut Remarks) -> Vec<Outlet> {
    if let Some(first_left) = raw.outlets.get(OUTLETS_MAX) {
        let spot = first_left.spot;
        remarks.error(spot, format!("[[outlet]] 超过 {OUTLETS_MAX} 个"), format!("more than {OUTLETS_MAX} outlets"));
    }
    warn_unsent(raw, vocabulary, remarks);
    raw.outlets.iter().take(OUTLETS_MAX).filter_map(|outlet| resolve_one(outlet, vocabulary, remarks)).collect()
}

/// A notice for which there is no outlet is sent to nobody.
fn warn_unsent(raw: &Raw, vocabulary: &Vocabulary<'_>, remarks: &mut Remarks) {
    if !raw.outlets.is_empty() {
        return;
    }
    for (desk, manifest) in vocabulary.known().filter(|(_, manifest)| !manifest.notice.is_empty()) {
        let notices: Vec<&str> = manifest.notice.iter().map(|notice| notice.name.as_str()).collect();
        let (name, notices) = (vocabulary.name(desk), notices.join(", "));
        remarks
            .warning(
                vocabulary.spot(desk),
                format!("业务台“{name}”会发消息（{notices}），但没有推送渠道"),
                format!("desk {name:?} sends notices ({notices}), and there is no outlet for them"),
            )
            .hint("写一段 [[outlet]]", "write an [[outlet]]");
    }
}

fn resolve_one(raw: &RawOutlet, vocabulary: &Vocabulary<'_>, remarks: &mut Remarks) -> Option<Outlet> {
    let named_desk = raw.desk.as_ref()?;
    let desk = vocabulary.desk(named_desk, remarks)?;
    if let Some(manifest) = vocabulary.manifest(desk)
        && !manifest.outlet
    {
        let name = &named_desk.value;
        let known = vocabulary.known().filter(|(_, manifest)| manifest.outlet).map(|(desk, _)| vocabulary.name(desk));
        remarks
            .error(named_desk.spot, format!("业务台“{name}”不推送消息"), format!("desk {name:?} delivers no notices"))
            .suggest("", known);
    }
    let on: Vec<_> = raw.on.iter().filter_map(|on| resolve_on(on, vocabulary, remarks)).collect();
    let to: Vec<_> = raw.to.iter().filter_map(|to| word_of("to", to, &RecipientSort::NAMES, remarks)).collect();
    let address = raw.address.as_ref().and_then(|kind| word_of("address", kind, &ContactKind::NAMES, remarks));
    let langs = [("zh", Speech::Zh), ("en", Speech::En)];
    let lang = raw.lang.as_ref().and_then(|lang| word_of("lang", lang, &langs, remarks)).unwrap_or_default();
    Some(Outlet { id: raw.id.as_ref()?.value.clone(), desk, on, to, address, lang })
}

/// `station`, or `station.called`.
fn resolve_on(
    on: &Located<String>,
    vocabulary: &Vocabulary<'_>,
    remarks: &mut Remarks,
) -> Option<(String, Option<String>)> {
    let (desk, template) = match on.value.split_once('.') {
        Some((desk, template)) => (desk, Some(template)),
        None => (on.value.as_str(), None),
    };
    let found = vocabulary.desk(&Located { value: desk.to_owned(), spot: on.spot }, remarks)?;
    let Some(manifest) = vocabulary.manifest(found) else { return Some((desk.to_owned(), None)) };
    let known: Vec<&str> = manifest.notice.iter().map(|notice| notice.name.as_str()).collect();
    if known.is_empty() {
        remarks.error(on.spot, format!("业务台“{desk}”不发消息"), format!("desk {desk:?} sends no notices"));
    }
    if let Some(template) = template
        && !known.is_empty()
        && !known.contains(&template)
    {
        let whole: Vec<String> = known.iter().map(|name| format!("{desk}.{name}")).collect();
        unknown_notice(desk, template, on.spot, remarks).suggest(&on.value, whole.iter().map(String::as_str));
    }
    Some((desk.to_owned(), template.map(str::to_owned)))
}

fn unknown_notice<'r>(
    desk: &str,
    template: &str,
    spot: Spot,
    remarks: &'r mut Remarks,
) -> &'r mut super::super::problem::Remark {
    remarks.error(
        spot,
        format!("业务台“{desk}”没有消息{}", named(template)),
        format!("desk {desk:?} has no notice {}", quoted(template)),
    )
}

fn word_of<T: Copy>(
    key: &str,
    given: &Located<String>,
    known: &[(&'static str, T)],
    remarks: &mut Remarks,
) -> Option<T> {
    let found = known.iter().find(|(name, _)| *name == given.value).map(|(_, value)| *value);
    if found.is_none() {
        remarks
            .error(
                given.spot,
                format!("{key} 不能是{}", named(&given.value)),
                format!("{key} {} is not known", quoted(&given.value)),
            )
            .suggest(&given.value, known.iter().map(|(name, _)| *name));
    }
    found
}

/// The notices of a desk as the district words them.
pub(super) fn reworded(desk: &RawDesk, manifest: &Manifest, remarks: &mut Remarks) -> BTreeMap<String, (Title, Title)> {
    let mut reworded = BTreeMap::new();
    for wording in &desk.wordings {
        let Some(spec) = manifest.notice(&wording.name.value) else {
            let known = manifest.notice.iter().map(|notice| notice.name.as_str());
            unknown_notice(&desk.name.value, &wording.name.value, wording.name.spot, remarks)
                .suggest(&wording.name.value, known);
            continue;
        };
        let title = wording.title.as_ref().map(|words| checked(words, spec, remarks));
        let text = wording.text.as_ref().map(|words| checked(words, spec, remarks));
        let (title, text) = (title.unwrap_or(spec.title.clone()), text.unwrap_or(spec.text.clone()));
        reworded.insert(spec.name.clone(), (title, text));
    }
    reworded
}

fn checked(words: &RawWords, spec: &NoticeSpec, remarks: &mut Remarks) -> Title {
    for text in [&words.zh, &words.en] {
        for (at, problem) in spec.word_problems(&text.value) {
            // Behind the quote that begins the text.
            let spot = text.spot.at(text.spot.offset as usize + 1 + at);
            let name = problem.split('"').nth(1).unwrap_or_default();
            remarks
                .error(
                    spot,
                    format!("消息“{}”的词句：{}", spec.name, words_zh(&problem, name)),
                    format!("the words of notice {:?}: {problem}", spec.name),
                )
                .suggest(name, spec.known_words());
        }
    }
    Title::new(words.zh.value.as_str(), words.en.value.as_str())
}

fn words_zh(problem: &str, name: &str) -> String {
    if problem.starts_with("a brace") {
        return "大括号不成对；要写出大括号本身，请写两个".to_owned();
    }
    format!("没有{{{name}}}这一项")
}

/// Where a desk may reach. What it is granted and cannot use is a warning.
pub(super) fn grants(
    desk: &RawDesk,
    manifest: &Manifest,
    raw: &Raw,
    sources: &Sources,
    remarks: &mut Remarks,
) -> Grants {
    check_secrets(desk, manifest, remarks);
    let Some(given) = &desk.grants else { return Grants::default() };
    if !manifest.outlet {
        let name = &desk.name.value;
        remarks.warning(
            given.spot,
            format!("业务台“{name}”不推送消息，用不到 grants"),
            format!("desk {name:?} delivers no notices, so it uses no grants"),
        );
    }
    let mut grants = Grants::default();
    for text in &given.http {
        match HttpGrant::parse(&text.value) {
            Ok(grant) => {
                if grant.is_open() {
                    remarks.warning(
                        text.spot,
                        format!("http {}不加密，路上能被看到", named(&text.value)),
                        format!("http {} is not encrypted: it can be read on the way", quoted(&text.value)),
                    );
                }
                grants.http.push(grant);
            }
            Err(why) => wrong("http", text, &why, remarks),
        }
    }
    for text in &given.file {
        match FileGrant::parse(&text.value) {
            Ok(grant) => match taken_folder(grant.folder(), raw, sources) {
                Some(why) => wrong("file", text, &why, remarks),
                None => grants.files.push(grant),
            },
            Err(why) => wrong("file", text, &why, remarks),
        }
    }
    grants.mail = mail_grant(given, remarks);
    grants
}

fn wrong(key: &str, text: &Located<String>, why: &Title, remarks: &mut Remarks) {
    remarks.error(
        text.spot,
        format!("{key} {}{}", named(&text.value), why.zh),
        format!("{key} {} {}", quoted(&text.value), why.en),
    );
}

/// What is written must not become config, libraries or the store's.
fn taken_folder(folder: &str, raw: &Raw, sources: &Sources) -> Option<Title> {
    let data = raw.head.data.as_ref().map_or("data", |data| data.value.as_str());
    let is_within = |other: &str| {
        let other = other.trim_start_matches("./").trim_end_matches('/');
        folder == other || folder.strip_prefix(other).is_some_and(|rest| rest.starts_with('/'))
    };
    if is_within(data) {
        return Some(Title::new("在程序自己的数据目录里", "lies in the program's own data folder"));
    }
    if raw.head.plugins.iter().any(|plugins| is_within(&plugins.value)) {
        return Some(Title::new("在业务台库的目录里", "lies in a folder of libraries"));
    }
    let holds_config = sources.has_file_in(folder)
        || raw.head.include.iter().any(|of| of.value.rsplit_once('/').is_some_and(|(of, _)| of == folder));
    holds_config.then(|| Title::new("所在目录里有配置文件", "lies in a folder that holds config"))
}

fn mail_grant(given: &RawGrants, remarks: &mut Remarks) -> Option<MailGrant> {
    let server = given.mail.as_ref()?;
    let (security, host, port) = match parse_mail_server(&server.value) {
        Ok(server) => server,
        Err(why) => {
            wrong("mail", server, &why, remarks);
            return None;
        }
    };
    let Some(from) = given.mail_from.as_ref().filter(|from| from.value.contains('@')) else {
        let spot = given.mail_from.as_ref().map_or(server.spot, |from| from.spot);
        remarks
            .error(spot, "mail 还要写 mail-from，邮件从哪个邮箱发出", "mail needs mail-from, whom mails are from")
            .hint("写成 \"notice@example.cn\"", "write \"notice@example.cn\"");
        return None;
    };
    let account = match (&given.mail_account, &given.mail_password) {
        (None, None) => None,
        (Some(account), Some(password)) => match SecretSource::parse(&password.value) {
            Ok(source) => Some((account.value.clone(), source)),
            Err(why) => {
                remarks
                    .error(password.spot, format!("mail-password {}", why.zh), format!("mail-password {}", why.en))
                    .without_line();
                return None;
            }
        },
        (Some(one), None) | (None, Some(one)) => {
            remarks.error(
                one.spot,
                "mail-account 和 mail-password 要么都写，要么都不写",
                "mail-account and mail-password go together",
            );
            return None;
        }
    };
    Some(MailGrant { security, host, port, from: from.value.clone(), account })
}

/// A setting of type secret names where the secret lies; what is no such name may be one, and is not
/// repeated.
fn check_secrets(desk: &RawDesk, manifest: &Manifest, remarks: &mut Remarks) {
    let (_, entries) = &desk.settings;
    for (name, _) in manifest.setting.iter().filter(|(_, field)| field.kind == FieldKind::Secret) {
        let Some((_, item)) = entries.iter().find(|(given, _)| given.value == name) else { continue };
        let Some(text) = item.value.json().as_str().map(str::to_owned) else { continue };
        if let Err(why) = SecretSource::parse(&text) {
            remarks
                .error(item.spot, format!("设置“{name}”{}", why.zh), format!("setting {name:?} {}", why.en))
                .without_line();
        }
    }
}
