//! Notices in cases: one desk sends, the same delivers as an outlet would.

use serde::Deserialize;
use serde_json::json;

use super::super::case::run_text;
use super::super::check::find_problems;
use super::super::seat::SeatOf;
use crate::outside::{FileWay, FileWrite, HttpRequest, Mail};
use crate::{
    District, Effects, Fault, Host, Manifest, Notice, Outside, Plugin, Post, Receipt, Recipients, Returned, Step,
};

const MANIFEST: &str = r#"
name = "herald"
version = "0.1.0"
title = { zh = "传令", en = "Herald" }
outlet = true

[[take]]
topic = "go"
[take.data]
how = { type = "text", required = true, title = { zh = "怎样", en = "How" } }

[[kind]]
name = "ask"
prefix = "A"
title = { zh = "询问", en = "Ask" }
stages = [{ name = "open", title = { zh = "待答", en = "Open" } }]

[[notice]]
name = "called"
title = { zh = "{number} 呼叫", en = "{number} called" }
text = { zh = "{title}到了{level}级。", en = "{title} is at {level}." }
receipt = true
[notice.data]
level = { type = "integer", required = true, title = { zh = "级", en = "Level" } }
"#;

struct Herald;

#[derive(Deserialize)]
#[serde(tag = "name", content = "data", rename_all = "kebab-case")]
enum Input {
    Go {
        how: String,
    },
    #[serde(rename = "receipt.called")]
    Came(Returned),
}

impl Plugin for Herald {
    type Settings = serde_json::Value;
    type Input = Input;
    type Note = ();

    fn open(_: serde_json::Value, _: District) -> Result<Herald, Fault> {
        Ok(Herald)
    }

    fn handle(&self, input: Input, _: &Step<()>, _: &dyn Host) -> Result<Effects, Fault> {
        let effects = Effects::new();
        let level = json!({ "level": 2 });
        Ok(match input {
            Input::Go { how } => match how.as_str() {
                "well" => effects.send(Recipients::Holders, "called", &level).send_once(
                    "K",
                    Recipients::Post(Post::Person("chen".into())),
                    "called",
                    &level,
                ),
                "gossip" => effects.send(Recipients::Reporters, "gossip", &()),
                "lacks" => effects.send(Recipients::Reporters, "called", &()),
                _ => effects.send_once("", Recipients::Followers, "called", &level),
            },
            Input::Came(Returned { delivered, person, why, .. }) => {
                effects.note(&json!({ "delivered": delivered, "person": person, "why": why }))
            }
        })
    }

    fn deliver(&self, notice: &Notice, outside: &dyn Outside) -> Result<Receipt, Fault> {
        let to = notice.address.clone().unwrap_or_default();
        let key = notice.key.clone();
        match notice.template.as_str() {
            "mail" => {
                let (subject, text) = (notice.title.clone(), notice.text.clone());
                outside.mail(&Mail { to, subject, text, key, timeout_ms: 100 })?;
            }
            "file" => outside.file(&FileWrite { path: "out/a".into(), text: key, way: FileWay::Append })?,
            _ => {
                let token = outside.secret("env:TOKEN")?;
                let headers = vec![("Authorization".to_owned(), format!("Bearer {token}"))];
                let (method, url, body) = ("POST".into(), "https://x/".into(), json!({ "to": to }).to_string());
                let sign = Some("env:KEY".into());
                let answer = outside.http(&HttpRequest { method, url, headers, body, timeout_ms: 100, sign })?;
                if answer.status != 200 {
                    return Err(Fault::failed(format!("status {}", answer.status)));
                }
                return Ok(Receipt { id: Some(answer.body) });
            }
        }
        Ok(Receipt::default())
    }
}

fn manifest() -> Manifest {
    toml::from_str(MANIFEST).unwrap()
}

#[test]
fn sent_received_and_delivered() {
    let case = r#"
place d district 区 / District
matter 1 ask at d : 题目
topic go on 1 {"how":"well"}
topic go on 1 {"how":"gossip"}
topic go on 1 {"how":"lacks"}
topic go on 1 {"how":"key"}
receipt called on 1 to chen {"delivered":false,"why":"no answer"}
deliver called to chen {"address":"ADDRESS"}
outside 500 {}
deliver called to chen {"title":"题目"}
outside failed no route
deliver mail to chen {"title":"题目","text":"两行\n话","address":"ADDRESS"}
deliver mail
outside refused 不准 not granted
deliver file
"#;
    let found = run_text(case, &manifest(), &mut SeatOf::<Herald>::new()).unwrap();
    let output = found.split_once("----\n").unwrap().1;
    assert_eq!(
        output,
        r#"topic go on 1
  send called to holders {"level":2}
  send called to person chen once K {"level":2}
topic go on 1
  NOT ALLOWED send gossip to reporters {} (the manifest declares no [[notice]] "gossip")
topic go on 1
  NOT ALLOWED send called to reporters {} (level: is required)
topic go on 1
  NOT ALLOWED send called to followers once  {"level":2} (a key has 1 to 200 bytes)
receipt called on 1 to chen
  note {"delivered":false,"person":"chen","why":"no answer"}
deliver called to chen
  http POST https://x/ (100 ms, signed with env:KEY)
    Authorization: Bearer <secret env:TOKEN>
    {"to":"ADDRESS"}
  receipt 
deliver called to chen
  http POST https://x/ (100 ms, signed with env:KEY)
    Authorization: Bearer <secret env:TOKEN>
    {"to":""}
  failed: status 500
deliver mail to chen
  mail to ADDRESS (100 ms, id KEY): 题目
    两行
    话
  failed: no route
deliver mail
  mail to  (100 ms, id KEY): 
  receipt without an id
deliver file
  append to out/a
    KEY
  refused: 不准 not granted
"#
    );
}

#[test]
fn a_manifest_with_bad_words_is_found() {
    assert_eq!(find_problems::<Herald>(&manifest()), Vec::<String>::new());
    let cases = [
        ("{title}到了{level}级。", "{titel}到了。", "\"titel\" is neither a data field nor one of"),
        ("{title}到了{level}级。", "{title 到了", "a brace stands alone"),
        ("level = {", "number = {", "has a name that the host fills in"),
        ("{title}到了{level}级。", "", "are needed in both languages"),
        ("name = \"called\"", "name = \"other\"", "does not fit Input"),
    ];
    for (old, new, expected) in cases {
        let text = MANIFEST.replacen(old, new, 1);
        let problems = find_problems::<Herald>(&toml::from_str(&text).unwrap()).join("\n");
        assert!(problems.contains(expected), "{new}: {problems}");
    }
}
