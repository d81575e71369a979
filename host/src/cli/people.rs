//! `person`: what people sign in with, and people who are known by a contact.

mod accounts;

use clap::{Args, Subcommand};
use plugin_api::{PersonId, Title};
use serde_json::json;

use super::error::Ended;
use super::screen::Screen;
use super::{Folder, named, program};
use crate::district::District;
use crate::engine::input::{Answer, Ask, Done, Input};
use crate::engine::{Engine, NO_TICKET};
use crate::erasure::Erasure;
use crate::lang::Lang;

pub(super) use accounts::{Given, give_password};

/// `person`
#[derive(Debug, Args)]
pub(crate) struct Person {
    #[command(flatten)]
    folder: Folder,
    #[command(subcommand)]
    command: PersonCommand,
}

#[derive(Debug, Subcommand)]
enum PersonCommand {
    /// A first password for the web console, printed once · 网页控制台的初始密码，只显示这一次
    Password {
        /// Who, a person of the directory · 名册中的人
        person: String,
    },
    /// A token for a program that acts for somebody, printed once · 给程序用的令牌，只显示这一次
    Token {
        /// Whom it acts for · 代表谁
        person: String,
        /// What its owner calls it · 令牌的名称
        #[arg(long)]
        name: String,
        /// It may only read · 只能查看
        #[arg(long)]
        read_only: bool,
        /// Days until it runs out · 有效天数
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=366))]
        days: u16,
    },
    /// Take everything somebody signs in with: password, sessions, tokens · 收回一个人的密码、会话和令牌
    Close {
        /// Who · 谁
        person: String,
    },
    /// Erase somebody's contact and what they wrote; the seals stay valid · 删除一个人的联系方式和所写的文字，存证仍有效
    Erase {
        /// Who, as matters call their reporters: r12 · 事项中反映人的代号，如 r12
        person: String,
        /// What for · 原因
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
        /// Who erases, a person of the directory · 操作人
        #[arg(long, value_name = "PERSON")]
        by: Option<String>,
    },
}

impl Person {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let (person, why, by) = match self.command {
            PersonCommand::Erase { person, why, by } => (person, why, by),
            command => return accounts::run(&self.folder, command, screen),
        };
        let district = District::open(&self.folder.dir, &program()?)?;
        let (mut engine, _lock) = district.engine()?;
        let by = by.as_deref().map(|by| named::person(&district.config, by)).transpose()?;
        let ask = Ask::Erase { person: PersonId::new(&*person), why, is_again: false };
        let ticket = NO_TICKET + 1;
        engine.run_due();
        engine.take(Input { ask, by, key: None }, ticket);
        let answer = engine.commit().into_iter().find(|(given, _)| *given == ticket).map(|(_, answer)| answer);
        match answer {
            Some(Answer::Done(done)) => print(screen, &engine, &person, &done, Told::Now),
            Some(Answer::Repeated(done)) => print(screen, &engine, &person, &done, Told::Before),
            Some(Answer::Refused(objections)) => Err(Ended::refused(objections)),
            Some(Answer::Unstored(words)) => Err(Ended::wanting(words)),
            Some(Answer::Failed(text)) => Err(Ended::wanting(Title::new(text.clone(), text))),
            None => Err(Ended::wrong(Title::new("没有得到答复", "the engine gave no answer"))),
        }
    }
}

/// Whether this command erased somebody or an earlier one did.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Now,
    Before,
}

fn print(screen: Screen, engine: &Engine, person: &str, done: &Done, told: Told) -> Result<(), Ended> {
    let body = engine.store().reader().body(done.seq)?.unwrap_or_default();
    let erasure: Erasure = serde_json::from_str(&body).map_err(anyhow::Error::from)?;
    let rows: u64 = erasure.rows.iter().map(|(first, last)| last - first + 1).sum();
    let matters: Vec<&str> = done.matters.iter().map(|matter| matter.number.as_str()).collect();
    let facts = json!({
        "person": person, "seq": done.seq, "rows": rows, "matters": matters, "repeated": told == Told::Before,
    });
    screen.print(&facts, || {
        let matters = matters.join(screen.words("、", ", "));
        match (told, screen.lang) {
            (Told::Now, Lang::Zh) => format!("已删除 {person} 的联系方式和 {rows} 行的文字；涉及事项：{matters}"),
            (Told::Now, Lang::En) => {
                format!("{person}'s contact and the words of {rows} rows are erased; matters: {matters}")
            }
            (Told::Before, Lang::Zh) => format!("{person} 此前已删除（第 {} 行）", done.seq),
            (Told::Before, Lang::En) => format!("{person} was erased before, in row {}", done.seq),
        }
    })?;
    if told == Told::Now {
        screen.say(&Title::new(
            "以前做的备份和导出里仍有这些文字，请一并处理",
            "backups and exports made before still have these words; see to them too",
        ));
    }
    Ok(())
}
