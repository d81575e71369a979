//! What a grant covers, and what it must not.

use plugin_api::PersonId;

use super::{
    ContactKind, Contacts, FileGrant, HttpGrant, MailSecurity, Outlet, RecipientSort, SecretSource, Speech,
    parse_mail_server,
};
use crate::routes::DeskIx;

fn covers(grant: &str, address: &str) -> bool {
    HttpGrant::parse(grant).unwrap().covers(&address.parse().unwrap())
}

#[test]
fn http_grants() {
    for (grant, address) in [
        ("https://gate.example", "https://gate.example/"),
        ("https://gate.example/", "https://gate.example/a/b?c=d"),
        ("https://gate.example/send", "https://gate.example/send?key=1"),
        ("https://gate.example:443/send/", "https://GATE.example/send/now"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/x"),
    ] {
        assert!(covers(grant, address), "{grant} covers {address}");
    }
    for (grant, address) in [
        ("https://gate.example/", "http://gate.example/"),
        ("https://gate.example/", "https://gate.example:8443/"),
        ("https://gate.example/", "https://gate.example.evil.example/"),
        ("https://gate.example/", "https://gate.example@evil.example/"),
        ("https://gate.example/", "https://evil@gate.example/"),
        ("https://gate.example/send", "https://gate.example/sender"),
        ("https://gate.example/send", "https://gate.example/send/now"),
        ("https://gate.example/send/", "https://gate.example/send/../admin"),
        ("https://gate.example/send/", "https://gate.example/send/%2E%2e/admin"),
        ("https://gate.example/send/", "https://gate.example/send/..%2fadmin"),
        ("https://gate.example/", "/send"),
    ] {
        assert!(!covers(grant, address), "{grant} does not cover {address}");
    }
    for bad in ["gate.example", "ftp://gate.example/", "https://a:b@gate.example/", "https://gate.example/?a=b", "*"] {
        assert!(HttpGrant::parse(bad).is_err(), "{bad}");
    }
    assert!(HttpGrant::parse("http://gate.example/").unwrap().is_open());
    assert!(!HttpGrant::parse("http://localhost:8080/").unwrap().is_open());
}

#[test]
fn file_grants() {
    let covers = |grant: &str, path: &str| FileGrant::parse(grant).unwrap().covers(path);
    assert!(covers("outbox/*", "outbox/a.jsonl"));
    assert!(covers("outbox/*.jsonl", "outbox/a.jsonl"));
    assert!(covers("out/box/a", "out/box/a"));
    for (grant, path) in [
        ("outbox/*", "outbox/b/a"),
        ("outbox/*", "outbox/../hongling.toml"),
        ("outbox/*", "outbox/.."),
        ("outbox/*", "outbox/.hidden"),
        ("outbox/*", "/outbox/a"),
        ("outbox/*", "outbox"),
        ("outbox/a*a", "outbox/a"),
        ("outbox/a", "outbox/ab"),
        ("outbox/*.jsonl", "outbox/a.json"),
    ] {
        assert!(!covers(grant, path), "{grant} does not cover {path}");
    }
    for bad in ["a", "*", "/etc/*", "../a/*", "a/*/b", "a/**", "a/../b", ".git/*"] {
        assert!(FileGrant::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn mail_servers_and_secrets() {
    let server = |text| parse_mail_server(text).map(|(security, host, port)| (security, format!("{host}:{port}")));
    assert_eq!(server("smtps://Mail.example"), Ok((MailSecurity::Tls, "mail.example:465".to_owned())));
    assert_eq!(server("smtp://mail.example:2525"), Ok((MailSecurity::StartTls, "mail.example:2525".to_owned())));
    assert_eq!(server("smtp+plain://localhost"), Ok((MailSecurity::Plain, "localhost:25".to_owned())));
    for bad in
        ["mail.example", "smtp://", "smtp://a:b@mail.example", "smtp+plain://mail.example", "http://mail", "smtp://m:x"]
    {
        assert!(parse_mail_server(bad).is_err(), "{bad}");
    }
    assert_eq!(SecretSource::parse("env:A_1"), Ok(SecretSource::Env("A_1".into())));
    assert_eq!(SecretSource::parse("file:secrets/a"), Ok(SecretSource::File("secrets/a".into())));
    for bad in ["hunter2", "env:", "file:", "env:a b", "ENV:A"] {
        let error = SecretSource::parse(bad).unwrap_err();
        assert!(!error.en.contains("hunter2"), "{error:?}");
    }
}

/// I10: what is printed for whoever debugs shows no contact.
#[test]
fn contacts_are_not_shown() {
    let mut contacts = Contacts::default();
    let (chen, li) = (PersonId::from("chen"), PersonId::from("li"));
    assert!(contacts.note(&chen, ContactKind::Phone, "19900001234"));
    assert!(contacts.note(&chen, ContactKind::Mail, "chen@example.cn"));
    assert!(contacts.note(&chen, ContactKind::Phone, "19900001234"));
    assert!(!contacts.note(&chen, ContactKind::Phone, "19900005678"));
    assert_eq!(contacts.find(&chen, ContactKind::Phone), Some("19900001234"));
    assert_eq!(contacts.find(&li, ContactKind::Phone), None);
    assert_eq!(format!("{contacts:?}"), "Contacts of 1 people");
}

#[test]
fn what_an_outlet_is_for() {
    let mut outlet =
        Outlet { id: "sms".into(), desk: DeskIx(0), on: Vec::new(), to: Vec::new(), address: None, lang: Speech::Zh };
    assert!(outlet.takes("station", "called", RecipientSort::Reporters));
    outlet.on = vec![("station".into(), Some("called".into())), ("council".into(), None)];
    assert!(outlet.takes("station", "called", RecipientSort::Posts));
    assert!(!outlet.takes("station", "late", RecipientSort::Posts));
    assert!(outlet.takes("council", "late", RecipientSort::Posts));
    outlet.to = vec![RecipientSort::Holders];
    assert!(!outlet.takes("council", "late", RecipientSort::Posts));
    assert!(outlet.takes("council", "late", RecipientSort::Holders));
}
