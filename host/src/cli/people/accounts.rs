//! What people sign in with: first passwords, tokens, and taking them away. Works beside a running host.

use plugin_api::{PersonId, Title};
use serde_json::json;

use super::PersonCommand;
use crate::cli::error::Ended;
use crate::cli::screen::Screen;
use crate::cli::{Folder, named, program};
use crate::config::Config;
use crate::console::{digest, hash, make_password, make_token};
use crate::district::{NotOpened, read_config};
use crate::engine::input::{Clock as _, SystemClock, instant};
use crate::lang::local;
use crate::limits::INITIAL_PASSWORD_MS;
use crate::store::accounts::{Accounts, Password, Token};

const DAY_MS: i64 = 86_400_000;

pub(super) fn run(folder: &Folder, command: PersonCommand, screen: Screen) -> Result<(), Ended> {
    let config = read_config(&folder.dir, &program()?)?;
    std::fs::create_dir_all(&config.data).map_err(anyhow::Error::from)?;
    let accounts = Accounts::open(&config.data).map_err(NotOpened::from)?;
    match command {
        PersonCommand::Password { person } => password(screen, &config, &accounts, &named::person(&config, &person)?),
        PersonCommand::Token { person, name, read_only, days } => {
            let until_ms = SystemClock.now_ms() + i64::from(days) * DAY_MS;
            let token = Token { person: named::person(&config, &person)?, name, may_act: !read_only, until_ms };
            add_token(screen, &config, &accounts, &token)
        }
        PersonCommand::Close { person } => {
            let gone = accounts.close(&named::person(&config, &person)?).map_err(NotOpened::from)?;
            screen.print(&json!({ "person": person, "taken": gone }), || {
                screen
                    .words("已收回：密码、会话和令牌都不能再用", "taken: no password, session or token of theirs works")
                    .to_owned()
            })?;
            Ok(())
        }
        PersonCommand::Erase { .. } => unreachable!("an erasure is an input of the engine"),
    }
}

/// What is to happen with a password that the host gives out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Given {
    /// Its owner chooses another at once.
    First,
    /// It stays, as in an example that is thrown away.
    Example,
}

/// Gives somebody a password, good for some days.
pub(in crate::cli) fn give_password(
    accounts: &Accounts,
    person: &PersonId,
    given: Given,
) -> Result<(String, i64), NotOpened> {
    let (word, until_ms) = (make_password(), SystemClock.now_ms() + INITIAL_PASSWORD_MS);
    let kept = Password { phc: hash(&word), is_initial: given == Given::First, until_ms: Some(until_ms) };
    accounts.set_password(person, &kept)?;
    Ok((word, until_ms))
}

fn password(screen: Screen, config: &Config, accounts: &Accounts, person: &PersonId) -> Result<(), Ended> {
    let (word, until_ms) = give_password(accounts, person, Given::First)?;
    let until = local(instant(until_ms), &config.zone);
    screen.print(&json!({ "person": person, "password": word, "until": instant(until_ms) }), || word.clone())?;
    screen.say(&Title::new(
        format!("初始密码，{until} 前登录并换成自己的；只显示这一次"),
        format!("a first password: sign in by {until} and choose another; it is shown only now"),
    ));
    Ok(())
}

fn add_token(screen: Screen, config: &Config, accounts: &Accounts, token: &Token) -> Result<(), Ended> {
    let made = make_token();
    accounts.add_token(&digest(&made), token, SystemClock.now_ms()).map_err(NotOpened::from)?;
    let until = local(instant(token.until_ms), &config.zone);
    let printed =
        json!({ "person": token.person, "name": token.name, "token": made, "until": instant(token.until_ms) });
    screen.print(&printed, || made.clone())?;
    screen.say(&Title::new(
        format!("令牌到 {until} 为止有效；只显示这一次"),
        format!("the token is good until {until}; it is shown only now"),
    ));
    Ok(())
}
